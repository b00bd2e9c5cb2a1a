# SPDX-License-Identifier: Apache-2.0

import os
import signal
from pathlib import Path

from support.stack import wait_until

# Of a load of a few hundred requests a second, what was under way in the instance that was killed.
MOST_UNDER_WAY = 8


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def only_lost_what_was_under_way(load):
    result = load.end()
    others = {kind for kind, count in result["failures"].items() if count} - {"closed", "broken", "status"}
    assert not others and result["failed"] <= MOST_UNDER_WAY, result


def test_a_program(stack):
    stack.web(replicas=3)
    stack.up()
    before = stack.programs()
    with stack.load() as load:
        os.kill(before[0], signal.SIGKILL)
        wait_until(
            lambda: len(stack.programs()) == 3 and before[0] not in stack.programs(), "another"
        )
        wait_until(lambda: len({stack.ask("/instance")[1] for _ in range(12)}) == 3, "its turn")
        only_lost_what_was_under_way(load)


def test_a_shim(stack):
    stack.web(replicas=3)
    stack.up()
    before = stack.programs()
    shim = parent(before[0])
    assert shim not in (1, os.getpid(), stack.control)
    with stack.load() as load:
        os.kill(shim, signal.SIGKILL)
        wait_until(lambda: before[0] not in stack.programs(), "the end of its child")
        wait_until(lambda: len(stack.programs()) == 3, "another")
        wait_until(lambda: len({stack.ask("/instance")[1] for _ in range(12)}) == 3, "its turn")
        only_lost_what_was_under_way(load)


def test_all_of_them(stack):
    stack.web(replicas=2)
    stack.up()
    before = stack.programs()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(set(stack.programs()) - set(before)) == 2, "others")
    wait_until(lambda: stack.answers() == {(200, "v1")}, "service")


def test_stop_holds_until_start(stack):
    stack.web(replicas=2)
    stack.up()
    stack.passes("stop", "web")
    wait_until(lambda: not stack.programs(), "the end of all")
    stack.kill_control()
    assert not stack.programs()
    stack.passes("start", "web")
    wait_until(lambda: len(stack.programs()) == 2, "them again")
    stack.serves("v1")
    before = stack.programs()
    stack.passes("restart", "web")
    assert len(stack.programs()) == 2 and not set(before) & set(stack.programs())
    stack.serves("v1")

# SPDX-License-Identifier: Apache-2.0
"""Whatever happens to the daemon's processes, what runs goes on, and a deploy that was under way is
brought to its end."""

import http.client
import os
import shutil
import signal
import time

import pytest

from support.stack import Stack, wait_until


def test_control_is_killed(stack):
    stack.web("v1")
    stack.up()
    ids, programs = stack.ids(), stack.programs()
    with stack.load() as load:
        stack.kill_control()
        wait_until(lambda: stack.ids() == ids, "the same instances", stack.log)
        assert stack.programs() == programs
        stack.web("v2")
        stack.up()
        load.was_not_disturbed()
    stack.serves("v2")
    assert len(stack.programs()) == 2


# When in a deploy: new ones start slowly, then there is the switch, then the old ones drain.


@pytest.mark.parametrize("milliseconds", [0, 300, 900, 1300, 1800])
def test_control_is_killed_in_the_middle(stack, milliseconds):
    stack.web("v1")
    stack.up()
    before = stack.programs()
    with stack.load() as load:
        stack.web("v2", environment={"START_MS": "700"})
        update = stack.start("up", "-d")
        wait_until(lambda: update.lines or not update.is_running(), "its begin")
        pause(milliseconds)
        stack.kill_control()
        wait_until(lambda: stack.answers() == {(200, "v2")}, "the new version", stack.log)
        wait_until(
            lambda: len(stack.programs()) == 2 and not set(stack.programs()) & set(before),
            "the new ones alone",
            stack.log,
        )
        load.was_not_disturbed()
    wait_until(lambda: not update.is_running(), "the end of the command")


def pause(milliseconds):
    """There is no event to wait for in the middle of a deploy, so several moments are tried."""
    time.sleep(milliseconds / 1000)


def test_the_daemon_is_started_again(stack):
    stack.web("v1")
    stack.up()
    ids, programs = stack.ids(), stack.programs()
    stack.end_daemon()
    assert stack.programs() == programs
    stack.serve()
    wait_until(lambda: not stack.is_refused(), "the listener", stack.log)
    stack.serves("v1")
    assert stack.ids() == ids and stack.programs() == programs
    stack.web("v2")
    stack.up()
    stack.serves("v2")


def upgrade(stack):
    before = len(stack.ready("control")), len(stack.ready("the edge"))
    stack.daemon.send_signal(signal.SIGUSR2)
    wait_until(
        lambda: len(stack.ready("control")) > before[0] and len(stack.ready("the edge")) > before[1],
        "the new processes",
        stack.log,
    )


def test_the_binary_is_upgraded(slipway, stack):
    stack.end_daemon()
    stack.slipway = stack.folder / "slipway"
    shutil.copy(slipway, stack.slipway)
    stack.serve()
    stack.web("v1")
    stack.up()
    programs, first = stack.programs(), stack.ready("the edge")[-1]
    with stack.load() as load:
        stack.slipway.rename(stack.folder / "older")
        shutil.copy(stack.folder / "older", stack.slipway)
        upgrade(stack)
        assert stack.programs() == programs
        wait_until(lambda: len(stack.ids()) == 2, "the instances", stack.log)
        # Only one edge may drain at a time: the next upgrade would cut this one off.
        wait_until(lambda: f"the edge (process {first}) has ended" in stack.log(), "its end", stack.log)
        stack.web("v2")
        update = stack.start("up", "-d")
        wait_until(lambda: update.lines or not update.is_running(), "its begin")
        upgrade(stack)
        wait_until(lambda: stack.answers() == {(200, "v2")}, "the new version", stack.log)
        wait_until(lambda: len(stack.programs()) == 2, "the new ones alone", stack.log)
        load.was_not_disturbed()
    assert os.path.realpath(f"/proc/{stack.daemon.pid}/exe") == str(stack.slipway)


def test_connections_that_outlive_an_upgrade_follow_the_next_deploy(stack):
    """They lie with the edge before, which is to know where the new version is; or to close them."""
    stack.web("v1")
    stack.up()
    kept = [stack.keep_connection() for _ in range(8)]
    assert {ask_again(connection) for connection in kept[:4]} == {(200, "v1")}
    upgrade(stack)
    stack.web("v2")
    stack.up()
    assert {ask_again(connection) for connection in kept} <= {(200, "v2"), "closed"}
    for connection in kept:
        connection.close()


def ask_again(connection):
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (ConnectionError, http.client.RemoteDisconnected):
        return "closed"


def test_in_the_foreground_all_ends_with_it(slipway, tools, space):
    stack = Stack(slipway, tools, space)
    try:
        stack.web("v1")
        command = stack.start("up")
        wait_until(lambda: not stack.is_refused(), "the listener", lambda: command.text)
        wait_until(lambda: len(stack.programs()) == 2, "the instances", lambda: command.text)
        stack.serves("v1")
        command.process.send_signal(signal.SIGINT)
        command.ends(0)
        assert not stack.programs()
        assert stack.is_refused()
    finally:
        stack.close()

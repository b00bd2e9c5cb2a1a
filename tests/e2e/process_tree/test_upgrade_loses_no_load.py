# SPDX-License-Identifier: Apache-2.0

import os
import signal
import time

import pytest

from support.tree import wait_until


# There is no event to wait for in the middle of a load, so several moments are tried.


def answers(tree):
    """What comes before the file is served may be turned away: the other control opens the listener
    anew."""
    try:
        return tree.get() == (200, b"ok")
    except ConnectionError:
        return False


@pytest.mark.parametrize("milliseconds", [0, 2, 5, 10, 20, 40])
def test_right_after_a_reload(tree, milliseconds):
    process = tree.serve()
    tree.write(default="{respond: {status: 403}}")
    process.send_signal(signal.SIGHUP)
    time.sleep(milliseconds / 1000)
    process.send_signal(signal.SIGUSR2)
    tree.said("going on as")
    wait_until(lambda: tree.get()[0] == 403, "the new file", tree.log)
    process.send_signal(signal.SIGTERM)
    tree.ends(process)


@pytest.mark.parametrize("milliseconds", [0, 5, 10, 20, 40])
def test_right_after_the_start(tree, milliseconds):
    process = tree.launch("serve", "-f", str(tree.file))
    wait_until(lambda: tree.supervisor_or_none() == process.pid, "the supervisor", tree.log)
    time.sleep(milliseconds / 1000)
    os.kill(process.pid, signal.SIGUSR2)
    tree.said("going on as")
    wait_until(lambda: answers(tree), "the file", tree.log)
    process.send_signal(signal.SIGTERM)
    tree.ends(process)

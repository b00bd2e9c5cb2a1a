# SPDX-License-Identifier: Apache-2.0

import http.client
import os
import signal
import socket
from pathlib import Path

from support.tree import PATIENCE_SECONDS, Load, Request, wait_until


def kill_supervisor(tree):
    before = tree.supervisor
    tree.next("control", lambda: os.kill(before, signal.SIGKILL))
    assert tree.supervisor != before


def test_under_load(tree):
    tree.serve()
    edge = tree.edge
    request = Request(tree.port)
    tree.origin.slow_started.acquire()
    with Load(tree.port) as load:
        kill_supervisor(tree)
        load.goes_on()
        kill_supervisor(tree)
        load.goes_on()
    tree.origin.release()
    assert load.failures == []
    assert request.result() == (200, b"ok")
    assert tree.edge == edge


def test_the_new_one_is_whole(tree):
    tree.serve()
    kill_supervisor(tree)
    tree.write(default="{respond: {status: 403}}")
    result = tree.run("up", "-f", str(tree.file))
    assert result.returncode == 0, result.stderr
    assert tree.get()[0] == 403
    tree.next("the edge", lambda: os.kill(tree.edge, signal.SIGKILL))
    assert tree.get()[0] == 403
    os.kill(tree.supervisor, signal.SIGTERM)
    wait_until(lambda: not tree.ours(), "the end", tree.log)
    assert tree.is_refused()


def has_started_a_supervisor(control):
    for child in Path(f"/proc/{control}/task/{control}/children").read_text().split():
        try:
            if b"@supervisor" in Path(f"/proc/{child}/cmdline").read_bytes():
                return True
        except OSError:
            pass
    return False


def is_there(pid):
    """A zombie has no arguments."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def replace_supervisor_only(tree):
    """Returns the control that was there before, stopped: it does not know yet that there is
    another. None where it was quicker."""
    old, count = tree.control, len(tree.pids("control"))
    os.kill(tree.supervisor, signal.SIGKILL)
    try:
        while not has_started_a_supervisor(old):
            pass
        os.kill(old, signal.SIGSTOP)
    except OSError:
        pass
    wait_until(lambda: len(tree.pids("control")) > count, "another control", tree.log)
    return old if is_there(old) else None


def test_the_old_control_takes_nobody_from_the_new_one(tree):
    tree.serve()
    old = wait_until(lambda: replace_supervisor_only(tree), "an old control")
    new = tree.control
    os.kill(new, signal.SIGSTOP)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE_SECONDS)
        client.connect(str(tree.runtime / "control.sock"))
        os.kill(old, signal.SIGCONT)
        wait_until(lambda: not is_there(old), "the end of the old control", tree.log)
        os.kill(new, signal.SIGCONT)
        connection = http.client.HTTPConnection("localhost")
        connection.sock = client
        connection.request("GET", "/v1/projects")
        assert connection.getresponse().status == 200

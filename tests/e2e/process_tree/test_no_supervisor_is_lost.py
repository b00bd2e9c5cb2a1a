# SPDX-License-Identifier: Apache-2.0

import os
import signal

from support.tree import Request, wait_until


def test_control_tries_until_there_is_one(tree):
    tree.serve()
    control = tree.control
    tree.runtime.chmod(0o777)
    os.kill(tree.supervisor, signal.SIGKILL)
    tree.said("another will try")
    assert control in tree.ours()
    assert tree.run("targets").returncode == 0
    tree.next("control", lambda: tree.runtime.chmod(0o755))
    assert tree.get() == (200, b"ok")
    wait_until(lambda: control not in tree.ours(), "the end of the control before", tree.log)
    os.kill(tree.supervisor, signal.SIGTERM)
    wait_until(lambda: not tree.ours(), "the end", tree.log)


def test_killed_while_it_ends(tree):
    process = tree.serve()
    controls = tree.pids("control")
    request = Request(tree.port)
    tree.origin.slow_started.acquire()
    process.send_signal(signal.SIGTERM)
    wait_until(tree.is_refused, "refusing of new connections", tree.log)
    process.send_signal(signal.SIGKILL)
    tree.ends(process, -signal.SIGKILL)
    wait_until(lambda: tree.control not in tree.ours(), "the end of control", tree.log)
    tree.origin.release()
    assert request.result() == (200, b"ok")
    wait_until(lambda: not tree.ours(), "the end", tree.log)
    assert tree.is_refused()
    assert tree.pids("control") == controls


def test_killed_again_and_again(tree):
    tree.serve()
    for _ in range(10):
        before = tree.supervisor
        tree.next("control", lambda: os.kill(before, signal.SIGKILL))
        assert tree.supervisor != before
        assert tree.get() == (200, b"ok")

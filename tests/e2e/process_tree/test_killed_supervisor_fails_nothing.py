# SPDX-License-Identifier: Apache-2.0

import os
import signal

from support.tree import Load, Request, wait_until


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

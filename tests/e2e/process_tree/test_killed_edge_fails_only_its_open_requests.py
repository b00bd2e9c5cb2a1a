# SPDX-License-Identifier: Apache-2.0

import os
import signal

from support.tree import Load, Request


def test_accepting_goes_on(tree):
    tree.serve()
    kills = 3
    with Load(tree.port) as load:
        for _ in range(kills):
            tree.next("the edge", lambda: os.kill(tree.edge, signal.SIGKILL))
            load.goes_on()
    # One that was open for each client, and none that was refused: the socket stays.
    assert len(load.failures) <= kills * len(load.threads)
    assert not [error for error in load.failures if isinstance(error, ConnectionRefusedError)]
    assert tree.get() == (200, b"ok")


def test_what_was_open_fails_at_once(tree):
    tree.serve()
    request = Request(tree.port)
    tree.origin.slow_started.acquire()
    tree.next("the edge", lambda: os.kill(tree.edge, signal.SIGKILL))
    assert isinstance(request.result(), Exception)


def test_the_operators_wishes_survive(tree):
    tree.serve()
    result = tree.run("target", "disable", f"app/127.0.0.1:{tree.origin.port}")
    assert result.returncode == 0, result.stderr
    assert tree.get()[0] == 503
    tree.next("the edge", lambda: os.kill(tree.edge, signal.SIGKILL))
    assert tree.get()[0] == 503

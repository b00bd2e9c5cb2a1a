# SPDX-License-Identifier: Apache-2.0

import signal
import socket

from support.tree import Load, Request, wait_until


def test_requests_in_flight_finish(tree):
    process = tree.serve()
    request = Request(tree.port)
    tree.origin.slow_started.acquire()
    process.send_signal(signal.SIGTERM)
    wait_until(tree.is_refused, "refusing of new connections", tree.log)
    assert process.poll() is None
    tree.origin.release()
    assert request.result() == (200, b"ok")
    tree.ends(process)
    assert not tree.ours()


def test_idle_connections_do_not_hold_it_up(tree):
    process = tree.serve()
    with socket.create_connection(("127.0.0.1", tree.port)) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        process.send_signal(signal.SIGTERM)
        tree.ends(process)


def test_nothing_half_done_under_load(tree):
    process = tree.serve()
    with Load(tree.port) as load:
        process.send_signal(signal.SIGTERM)
        tree.ends(process)
    # A connection that nobody had accepted when the socket was closed is reset by the kernel.
    not_accepted = (ConnectionRefusedError, ConnectionResetError)
    assert [error for error in load.failures if not isinstance(error, not_accepted)] == []


def test_its_time_is_limited(tree):
    process = tree.serve("--drain-timeout", "300ms")
    request = Request(tree.port)
    tree.origin.slow_started.acquire()
    process.send_signal(signal.SIGTERM)
    tree.ends(process)
    assert isinstance(request.result(), Exception)

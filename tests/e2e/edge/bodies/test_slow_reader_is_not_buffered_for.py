# SPDX-License-Identifier: Apache-2.0
"""Who reads slowly makes the sender wait, whichever side that is. What is under way lies in the
buffers of the system's sockets: the edge itself takes no more memory than a few of its own."""

import socket
import threading

from support.origin import answer
from support.raw import request
from support.slow import user_memory_kib
from support.edge import wait_until

SIZE = 32 << 20
BOUND_KIB = 4096


def memory_kib(edge):
    return user_memory_kib(edge.daemon.pid_of("edge"))


def send_until_stuck(sock, size):
    """How much is taken while nobody reads."""
    sock.settimeout(0.3)
    sent, part = 0, b"x" * 65536
    try:
        while sent < size:
            sent += sock.send(part[: size - sent])
    except TimeoutError:
        pass
    return sent


def test_slow_client(edge):
    def script(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE)
        connection.origin.taken = send_until_stuck(connection.socket, SIZE)
        connection.origin.changed()
        connection.socket.settimeout(20)
        connection.socket.sendall(b"x" * (SIZE - connection.origin.taken))
        connection.rest()

    origin = edge.origin(script=script)
    origin.taken = 0
    edge.forward(origin)
    client = edge.connect(receive_buffer=65536)
    before = memory_kib(edge)
    client.send(request())
    origin.wait(lambda: origin.taken, "the target's waiting")
    assert memory_kib(edge) - before < BOUND_KIB
    wait_until(lambda: edge.statistics("listeners", "web")["open_connections"] == 1)
    assert len(client.response().body) == SIZE


def test_slow_target(edge):
    go_on = threading.Event()

    def script(connection):
        # Else the system's own buffer may grow until it holds all of it.
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        head = connection.head()
        go_on.wait(20)
        connection.send(answer(b"%d" % len(connection.body(head))))

    origin = edge.origin(script=script)
    edge.forward(origin)
    client = edge.connect()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    before = memory_kib(edge)
    client.send(request("/", "a", {"Content-Length": str(SIZE)}, "POST"))
    sent = send_until_stuck(client.socket, SIZE)
    assert memory_kib(edge) - before < BOUND_KIB
    go_on.set()
    client.socket.settimeout(20)
    assert client.send(b"x" * (SIZE - sent))
    assert client.response().body == b"%d" % SIZE

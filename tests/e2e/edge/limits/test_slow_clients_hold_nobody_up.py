# SPDX-License-Identifier: Apache-2.0
"""8,000 clients that send a byte a second; fewer where there are not as many descriptors."""

import time

import pytest

from support.binary import find_binary
from support.edge import Edge, wait_until
from support.origin import answer
from support.slow import SlowClients, how_many, user_memory_kib

KIB_EACH = 6


@pytest.fixture
def alone(start_daemon):
    """A project in a daemon of its own, whose memory nobody else takes."""
    edge = Edge(start_daemon(), "slow")
    yield edge
    edge.close()


def has_memory_of_its_own():
    return not any(name in find_binary().read_bytes() for name in (b"__asan_init", b"__tsan_init"))


def test_slow_heads(alone):
    alone.forward(alone.origin(name="a"), timeouts={"header": "1m"})
    assert alone.get().status == 200
    edge_pid = alone.daemon.pid_of("edge")
    before = user_memory_kib(edge_pid)
    count = how_many(8000) if has_memory_of_its_own() else 1000
    slow = SlowClients(alone.address(), count, b"GET / HTTP/1.1\r\n")
    try:
        for _ in range(3):
            slow.send_one_byte()
            end = time.monotonic() + 1
            answered = 0
            while time.monotonic() < end:
                response = alone.get()
                assert response.status == 200
                answered += 1
            assert answered > 20
        wait_until(lambda: alone.statistics("listeners", "web")["open_connections"] >= count)
        if has_memory_of_its_own():
            used = user_memory_kib(edge_pid) - before
            assert used <= KIB_EACH * count, f"{used / count:.1f} KiB for each"
        assert not alone.daemon.faults()
    finally:
        slow.close()
    wait_until(lambda: alone.statistics("listeners", "web")["open_connections"] <= 1)
    assert alone.get().status == 200


def test_slow_bodies(alone):
    """Each holds a connection to the target, too."""
    origin = alone.origin()
    alone.forward(origin, limits={"body_rate": 0})
    assert alone.get().status == 200
    edge_pid = alone.daemon.pid_of("edge")
    before = user_memory_kib(edge_pid)
    count = how_many(400, 4)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
    slow = SlowClients(alone.address(), count, b"x" * 100)
    try:
        for client in slow.sockets:
            client.send(head)
        for _ in range(3):
            slow.send_one_byte()
            for _ in range(20):
                assert alone.get().status == 200
        wait_until(lambda: alone.statistics("groups", "app")["active"] >= count)
        if has_memory_of_its_own():
            used = user_memory_kib(edge_pid) - before
            assert used <= 2 * KIB_EACH * count, f"{used / count:.1f} KiB for each"
    finally:
        slow.close()
    wait_until(lambda: alone.statistics("groups", "app")["active"] == 0)


def test_slow_readers(alone):
    """Of large answers: the edge reads no more than it can pass on."""
    megabyte = bytes(1 << 20)
    origin = alone.origin(lambda request: answer(megabyte * 4 if request.target == "/large" else b"ok"))
    alone.forward(origin, limits={"body_rate": 0})
    assert alone.get().status == 200
    edge_pid = alone.daemon.pid_of("edge")
    before = user_memory_kib(edge_pid)
    clients = [alone.connect(receive_buffer=4096) for _ in range(60)]
    for client in clients:
        client.send(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    for _ in range(3):
        for client in clients:
            assert client.socket.recv(1)
        for _ in range(20):
            assert alone.get().status == 200
    if has_memory_of_its_own():
        used = user_memory_kib(edge_pid) - before
        assert used <= 150 * len(clients), f"{used / len(clients):.1f} KiB for each"

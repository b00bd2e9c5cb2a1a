# SPDX-License-Identifier: Apache-2.0

import threading

from support.edge import wait_until
from support.origin import answer


def test_a_busy_target_gets_no_more(edge):
    release = threading.Event()

    def wait(request):
        if request.target == "/slow":
            release.wait(20)
        return answer(b"busy")

    busy, idle = edge.origin(wait), edge.origin(name="idle")
    edge.forward(busy, idle, group={"algorithm": "least_outstanding"})
    clients = []
    while len(busy.requests) < 1:  # whoever of them gets it
        client = edge.connect()
        client.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        clients.append(client)
        wait_until(lambda: len(busy.requests) + len(idle.requests) == len(clients))
    try:
        bodies = [edge.get().body for _ in range(40)]
        # Now and then the next request comes before the last one has been counted off.
        assert bodies.count(b"idle") >= 32, bodies
    finally:
        release.set()
    for client in clients:
        assert client.response().status == 200


def test_idle_ones_take_turns(edge):
    edge.forward(*edge.named_origins("a", "b"), group={"algorithm": "least_outstanding"})
    bodies = [edge.get().body for _ in range(20)]
    assert bodies.count(b"a") in range(8, 13)


def test_weights_count(edge):
    """In flight by weight: of eight at once, the one of weight three has six."""
    release = threading.Event()

    def wait(request):
        release.wait(20)
        return answer()

    heavy, light = edge.origin(wait), edge.origin(wait)
    edge.forward(
        {"address": heavy, "weight": 3}, light, group={"algorithm": "least_outstanding"}
    )
    for count in range(1, 9):
        edge.connect().send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_until(lambda: len(heavy.requests) + len(light.requests) >= count)
    try:
        assert (len(heavy.requests), len(light.requests)) == (6, 2)
    finally:
        release.set()

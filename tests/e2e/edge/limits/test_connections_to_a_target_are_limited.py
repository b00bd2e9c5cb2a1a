# SPDX-License-Identifier: Apache-2.0

import threading

from support.edge import wait_until
from support.origin import answer


def slow_origin(edge, release, most):
    lock, now = threading.Lock(), [0]

    def wait(request):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        release.wait(20)
        with lock:
            now[0] -= 1
        return answer(request.target.encode())

    return edge.origin(wait)


def test_others_wait_for_their_turn(edge):
    release, most = threading.Event(), [0]
    origin = slow_origin(edge, release, most)
    edge.forward(origin, group={"limits": {"connections": 2}})
    clients = [edge.connect() for _ in range(12)]
    for number, client in enumerate(clients):
        client.send(f"GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    origin.wait_for_requests(2)
    wait_until(lambda: edge.statistics("groups", "app")["pending"] == 10)
    release.set()
    for number, client in enumerate(clients):
        response = client.response()
        assert (response.status, response.body) == (200, f"/{number}".encode())
    assert most[0] <= 2
    wait_until(lambda: edge.statistics("groups", "app")["pending"] == 0)


def test_more_than_may_wait_get_503(edge):
    release, most = threading.Event(), [0]
    origin = slow_origin(edge, release, most)
    edge.forward(origin, group={"limits": {"connections": 1, "pending": 1}})
    first, second = edge.connect(), edge.connect()
    first.send(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
    origin.wait_for_requests(1)
    second.send(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
    wait_until(lambda: edge.statistics("groups", "app")["pending"] == 1)
    assert edge.get("/3").status == 503
    release.set()
    assert (first.response().body, second.response().body) == (b"/1", b"/2")


def test_who_waits_and_goes_leaves_no_trace(edge):
    release, most = threading.Event(), [0]
    origin = slow_origin(edge, release, most)
    edge.forward(origin, group={"limits": {"connections": 1, "pending": 5}})
    first, second = edge.connect(), edge.connect()
    first.send(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
    origin.wait_for_requests(1)
    second.send(b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
    wait_until(lambda: edge.statistics("groups", "app")["pending"] == 1)
    second.reset()
    wait_until(lambda: edge.statistics("groups", "app")["pending"] == 0)
    release.set()
    assert first.response().status == 200
    assert edge.get("/3").status == 200
    assert [request.target for request in origin.requests] == ["/1", "/3"]

# SPDX-License-Identifier: Apache-2.0

import threading

from support.edge import wait_until
from support.origin import answer


def test_more_at_once_get_429(edge):
    release = threading.Event()

    def wait(request):
        if request.target == "/slow":
            release.wait(20)
        return answer()

    origin = edge.origin(wait)
    edge.forward(origin, limits={"requests": [{"concurrent": 2}]})
    slow = [edge.connect() for _ in range(2)]
    for client in slow:
        client.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    origin.wait_for_requests(2)
    assert edge.get().status == 429
    release.set()
    for client in slow:
        assert client.response().status == 200
    wait_until(lambda: edge.get().status == 200)


def test_of_clients_that_went_away_too(edge):
    """Their places are free again."""

    def silent(connection):
        connection.request()
        connection.rest()

    origin = edge.origin(script=silent)
    rules = [{"name": "ok", "when": {"path": "/ok"}, "respond": {"status": 200}}]
    edge.forward(origin, rules=rules, limits={"requests": [{"concurrent": 2}]})
    for count in range(2):
        client = edge.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        origin.wait_for_requests(count + 1)
        client.reset()
    wait_until(lambda: edge.get("/ok").status == 200)

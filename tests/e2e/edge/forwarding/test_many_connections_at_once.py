# SPDX-License-Identifier: Apache-2.0
"""Several hundred clients with requests under way, each gets the answer to its own."""

import threading

from support.origin import answer
from support.raw import request
from support.edge import wait_until


def test_many_connections_at_once(edge):
    go_on = threading.Event()

    def respond(request):
        go_on.wait(20)
        return answer(request.target.encode() * 50)

    origin = edge.origin(respond)
    edge.forward(origin)
    clients = [edge.connect() for _ in range(300)]
    for number, client in enumerate(clients):
        client.send(request(f"/{number}"))
    origin.wait_for_requests(300)
    go_on.set()
    for number, client in enumerate(clients):
        assert client.response().body == b"/%d" % number * 50
    for number, client in enumerate(clients):
        client.send(request(f"/again{number}"))
    for number, client in enumerate(clients):
        assert client.response().body == b"/again%d" % number * 50
    wait_until(lambda: edge.statistics("listeners", "web")["requests"] == 600)

# SPDX-License-Identifier: Apache-2.0
"""A target that does not switch answers as to any request, and what follows is HTTP."""

from support.origin import answer
from support.raw import request

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket"}


def test_without_101_there_is_no_tunnel(edge):
    origin = edge.origin(lambda request: answer(b"no upgrade here " + request.target.encode()))
    edge.forward(origin)
    client = edge.connect()
    response = client.get("/1", headers=UPGRADE)
    assert (response.status, response.body) == (200, b"no upgrade here /1")
    assert client.get("/2").body == b"no upgrade here /2"


def test_bytes_behind_it_are_requests_until_then(edge):
    """Else a request could be smuggled past the rules in what looks like a tunnel."""
    origin = edge.origin(lambda request: answer(request.target.encode()))
    edge.up(
        {"web": {"rules": [{"when": {"path": "/secret"}, "respond": {"status": 403}}], "default": {"forward": "app"}}},
        {"app": {"targets": [origin]}},
    )
    client = edge.connect()
    client.send(request("/1", headers=UPGRADE) + request("/secret") + request("/3"))
    assert client.response().body == b"/1"
    assert client.response().status == 403
    assert client.response().body == b"/3"
    assert b"secret" not in origin.received


def test_101_for_a_request_with_a_body_still_to_come_is_none(edge):
    def script(connection):
        connection.head()
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        connection.rest()

    origin = edge.origin(script=script)
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/", "a", {**UPGRADE, "Content-Length": "10"}, "POST") + b"hello")
    response = client.response()
    assert response is None or response.status >= 400, response
    client.rest()
    assert b"hello" in origin.received and origin.wait_for_end() in ("closed", "reset")

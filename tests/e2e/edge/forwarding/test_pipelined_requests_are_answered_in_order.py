# SPDX-License-Identifier: Apache-2.0
"""However many come at once, and whichever have bodies."""

from support.origin import answer
from support.raw import chunked, request


def test_pipelined_requests_are_answered_in_order(edge):
    origin = edge.origin(lambda request: answer(request.target.encode() + b" " + request.body))
    edge.forward(origin)
    client = edge.connect()
    sent, wanted = b"", []
    for number in range(60):
        body = b"x" * (number * 100)
        if number % 3 == 0:
            sent += request(f"/{number}")
            body = b""
        elif number % 3 == 1:
            sent += request(f"/{number}", method="POST", body=body)
        else:
            sent += request(f"/{number}", "a", {"Transfer-Encoding": "chunked"}, "PUT") + chunked(body)
        wanted.append(f"/{number} ".encode() + body)
    client.send(sent)
    assert [client.response().body for _ in wanted] == wanted
    assert not client.has_something()


def test_pipelined_requests_byte_by_byte(edge):
    origin = edge.origin(lambda request: answer(request.target.encode() + b" " + request.body))
    edge.forward(origin)
    client = edge.connect()
    sent = request("/1") + request("/2", method="POST", body=b"two") + request("/3")
    client.send_pieces(sent, range(1, len(sent)))
    assert [client.response().body for _ in range(3)] == [b"/1 ", b"/2 two", b"/3 "]


def test_behind_a_close_nothing_is_served(edge):
    origin = edge.origin()
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/1") + request("/2", headers={"Connection": "close"}) + request("/3"))
    assert client.response().status == 200
    assert client.response().closes
    assert client.rest() == b""
    assert [request.target for request in origin.requests] == ["/1", "/2"]

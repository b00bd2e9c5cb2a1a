# SPDX-License-Identifier: Apache-2.0
"""Its size is known only as it comes: the client gets 413, and the target never takes what it got
for the whole."""

from support.raw import chunked, request


def test_chunked_body_over_its_limit_is_413(edge):
    origin = edge.origin()
    edge.forward(origin, limits={"body": "1000b"})
    client = edge.connect()
    client.send(request("/", "a", {"Transfer-Encoding": "chunked"}, "POST") + b"1f4\r\n" + b"x" * 500 + b"\r\n")
    origin.wait(lambda: b"xxx" in origin.received)
    client.send(b"1f5\r\n" + b"x" * 501 + b"\r\n0\r\n\r\n")
    response = client.response()
    assert (response.status, response.closes) == (413, True)
    assert client.is_closed()
    assert origin.wait_for_end() in ("closed", "reset")
    assert origin.received.count(b"x" * 500) <= 1 and not origin.received.endswith(b"0\r\n\r\n")


def test_one_of_just_that_size_passes(edge):
    origin = edge.origin()
    edge.forward(origin, limits={"body": "1000b"})
    client = edge.connect()
    client.send(request("/", "a", {"Transfer-Encoding": "chunked"}, "POST") + chunked(b"x" * 600, b"y" * 400))
    assert client.response().status == 200
    assert len(origin.requests[0].body) == 1000

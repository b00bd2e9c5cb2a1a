# SPDX-License-Identifier: Apache-2.0
"""Heads, lines, chunk sizes and trailers without an end: refused while they come."""

import pytest

ENDLESS = {
    "method": (b"A", b"A"),
    "target": (b"GET /", b"a"),
    "name": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X"),
    "value": (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"y"),
    "blanks": (b"GET / HTTP/1.1\r\nHost: a\r\nX:", b" "),
    "fields": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: y\r\n"),
    "chunk size": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "chunk extension": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"a"),
    "trailers": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "trailer": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"y"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_endless_input_is_bounded(edge, what):
    edge.forward(edge.origin())
    start, part = ENDLESS[what]
    client = edge.connect()
    client.send(start)
    sent = 0
    while not client.has_something():
        assert sent < 4 << 20, "it goes on taking it"
        if not client.send(part * (4096 // len(part))):
            break
        sent += 4096
    response = client.response()
    assert response.status in (400, 414, 431), response
    assert response.closes

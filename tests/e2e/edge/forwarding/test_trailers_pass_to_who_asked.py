# SPDX-License-Identifier: Apache-2.0
"""Trailers of answers, for clients that say "TE: trailers"; those of requests end at the edge."""

import pytest
from support.raw import chunked, request

ASKED = {"TE": "trailers", "Connection": "close"}
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-Took\r\n\r\n"


def serving(edge, *pieces, **listener):
    """The pieces arrive one by one."""

    def script(connection):
        if connection.request() is None:
            return
        for piece in pieces:
            connection.send(piece)
        connection.rest()

    origin = edge.origin(script=script)
    edge.forward(origin, **listener)
    return origin


def ask(edge, headers=None, version=b"1.1"):
    client = edge.connect()
    client.send(request(headers=headers or ASKED).replace(b"HTTP/1.1", b"HTTP/" + version))
    head, _, body = client.rest().partition(b"\r\n\r\n")
    return head + b"\r\n", body


def trailers(body):
    """The lines behind the last chunk."""
    assert body.endswith(b"\r\n\r\n"), body
    return body[body.index(b"0\r\n") + 3 : -2].split(b"\r\n")[:-1]


def test_they_pass(edge):
    origin = serving(edge, HEAD + chunked(b"hello", end=b"0\r\nX-Sum: 5d41\r\nX-Took:12ms\t \r\n\r\n"))
    head, body = ask(edge)
    assert b"\r\nTrailer: X-Sum, X-Took\r\n" in head
    assert body == chunked(b"hello", end=b"0\r\nX-Sum: 5d41\r\nX-Took: 12ms\r\n\r\n")
    assert origin.requests[0].header("te") == "trailers"


def test_in_any_pieces(edge):
    text = HEAD + chunked(b"hello", b"world", end=b"0;ext=1\r\nX-Sum: 1\r\nX-Took: 2\r\n\r\n")
    serving(edge, *[text[i : i + 1] for i in range(len(text))])
    _, body = ask(edge)
    assert trailers(body) == [b"X-Sum: 1", b"X-Took: 2"]


def test_body_that_is_empty(edge):
    serving(edge, HEAD + b"0\r\nX-Sum: 1\r\n\r\n")
    _, body = ask(edge)
    assert body == b"0\r\nX-Sum: 1\r\n\r\n"


def test_without_any(edge):
    serving(edge, HEAD + chunked(b"hello"))
    _, body = ask(edge)
    assert body == chunked(b"hello")


@pytest.mark.parametrize("headers", [{"Connection": "close"}, {"TE": "gzip", "Connection": "close"}])
def test_not_to_others(edge, headers):
    serving(edge, HEAD + chunked(b"hello", end=b"0\r\nX-Sum: 1\r\n\r\n"))
    head, body = ask(edge, headers)
    assert b"\r\nTrailer:" not in head
    assert body == chunked(b"hello")


def test_not_to_http10(edge):
    serving(edge, HEAD + chunked(b"hello", end=b"0\r\nX-Sum: 1\r\n\r\n"))
    head, body = ask(edge, version=b"1.0")
    assert b"\r\nTrailer:" not in head
    assert body == b"hello"


@pytest.mark.parametrize(
    "name",
    ["Content-Length", "transfer-encoding", "Set-Cookie", "Host", "Connection", "Cache-Control", "Access-Control-Allow-Origin",
     "Content-Type", "Location", "X-Forwarded-For", "WWW-Authenticate", "Proxy-Authenticate", "X-Removed", "X-Replaced"],
)  # fmt: skip
def test_what_belongs_into_a_head_stays_behind(edge, name):
    rule = {
        "name": "all",
        "when": {"path": ["*"]},
        "forward": "app",
        "response_headers": {"remove": ["X-Removed"], "set": {"X-Replaced": "rule"}},
    }
    end = b"0\r\n%s: 1\r\nX-Sum: 1\r\n\r\n" % name.encode()
    serving(edge, HEAD + chunked(b"hello", end=end), rules=[rule])
    _, body = ask(edge)
    assert trailers(body) == [b"X-Sum: 1"]


def test_many_of_them(edge):
    lines = [b"X-%d: %s" % (number, b"v" * 70) for number in range(100)]
    serving(edge, HEAD + chunked(b"hello", end=b"0\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"))
    _, body = ask(edge)
    assert trailers(body) == lines


def test_too_many_are_refused(edge):
    lines = [b"X-%d: 1" % number for number in range(101)]
    serving(edge, HEAD + chunked(b"hello", end=b"0\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"))
    _, body = ask(edge)
    assert not body.endswith(b"0\r\n\r\n") and b"X-" not in body


def test_connection_serves_on(edge):
    answer = HEAD + chunked(b"hello", end=b"0\r\nX-Sum: 1\r\n\r\n")

    def script(connection):
        while connection.request() is not None:
            connection.send(answer)

    edge.forward(edge.origin(script=script))
    client = edge.connect()
    client.send(request(headers={"TE": "trailers"}) * 2 + request(headers=ASKED))
    assert client.rest().count(b"\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n") == 3


def test_those_of_requests_are_dropped(edge):
    origin = edge.origin()
    edge.forward(origin)
    client = edge.connect()
    head = request("/", "a", {"Transfer-Encoding": "chunked", **ASKED}, "POST")
    client.send(head + chunked(b"hello", end=b"0\r\nX-Sum: 1\r\n\r\n"))
    assert client.response().status == 200
    assert origin.requests[0].body == b"hello"
    assert b"X-Sum" not in origin.received

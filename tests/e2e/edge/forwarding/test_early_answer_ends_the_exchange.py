# SPDX-License-Identifier: Apache-2.0
"""The target answers before it has all of the request: the client gets the answer at once, and
neither connection is used again."""

from support.origin import answer
from support.raw import request


def script(connection):
    connection.head()
    connection.send(answer(b"no", 403, reason="Forbidden"))
    connection.rest()


def test_with_a_length(edge):
    origin = edge.origin(script=script)
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/", "a", {"Content-Length": "1000000"}, "POST") + b"some of it")
    response = client.response()
    assert (response.status, response.body, response.closes) == (403, b"no", True)
    assert client.is_closed()
    assert origin.wait_for_end() in ("closed", "reset")


def test_with_chunks(edge):
    origin = edge.origin(script=script)
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/", "a", {"Transfer-Encoding": "chunked"}, "POST") + b"5\r\nhello\r\n")
    response = client.response()
    assert (response.status, response.closes) == (403, True)
    assert client.is_closed()


def test_while_the_client_goes_on_sending(edge):
    origin = edge.origin(script=script)
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/", "a", {"Content-Length": "200000"}, "POST") + b"x" * 150000)
    response = client.response()
    assert (response.status, response.body, response.closes) == (403, b"no", True)
    assert client.is_closed()

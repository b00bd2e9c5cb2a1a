# SPDX-License-Identifier: Apache-2.0

from support.http1 import Malformed
from support.raw import request


def cut(edge, answer_start, with_reset=False):
    def script(connection):
        connection.request()
        connection.send(answer_start)
        connection.origin.wait(lambda: connection.origin.taken)
        if with_reset:
            connection.reset()

    origin = edge.origin(script=script)
    origin.taken = False
    edge.forward(origin)
    client = edge.connect()
    client.send(request())
    response = client.head()
    assert response.status == 200
    origin.taken = True
    origin.changed()
    try:
        client.read_body(response)
    except (EOFError, Malformed):
        return
    assert client.end == "reset", "it looks whole"


def test_length(edge):
    cut(edge, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")


def test_chunks(edge):
    cut(edge, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")


def test_until_close_that_ends_in_a_reset(edge):
    cut(edge, b"HTTP/1.1 200 OK\r\n\r\nhello", with_reset=True)


def test_client_that_stops_in_mid_body(edge):
    """A half-closed client that owes the rest: the target never takes its part for the whole."""
    origin = edge.origin()
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/", "a", {"Content-Length": "10"}, "POST") + b"hello")
    client.shut()
    client.rest()
    assert origin.wait_for_end() in ("closed", "reset")
    assert all(not request.body for request in origin.requests)

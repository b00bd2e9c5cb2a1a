# SPDX-License-Identifier: Apache-2.0

from support.origin import answer
from support.raw import request


def test_body_is_sent_once_the_target_wants_it(edge):
    def script(connection):
        while head := connection.head():
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.send(answer(b"got " + connection.body(head)))

    origin = edge.origin(script=script)
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/", "a", {"Expect": "100-continue", "Content-Length": "5"}, "POST"))
    assert client.head().status == 100
    client.send(b"hello")
    response = client.response()
    assert (response.status, response.body, response.closes) == (200, b"got hello", False)
    assert origin.requests[0].header("expect") == "100-continue"
    client.send(request("/", "a", {"Expect": "100-continue", "Transfer-Encoding": "chunked"}, "POST"))
    assert client.head().status == 100
    client.send(b"3\r\nabc\r\n0\r\n\r\n")
    assert client.response().body == b"got abc"


def test_target_may_refuse_without_the_body(edge):
    def script(connection):
        connection.head()
        connection.send(answer(b"too large", 413))
        connection.rest()

    origin = edge.origin(script=script)
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/", "a", {"Expect": "100-continue", "Content-Length": "5"}, "POST"))
    response = client.response()
    assert (response.status, response.body) == (413, b"too large")
    # The body may come or not: nobody can tell what follows, so nothing may.
    assert response.closes and client.is_closed()
    assert origin.wait_for_end() in ("closed", "reset")


def test_client_need_not_wait(edge):
    origin = edge.origin(lambda request: answer(request.body))
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/", "a", {"Expect": "100-continue"}, "POST", b"hello"))
    assert client.response().body == b"hello"

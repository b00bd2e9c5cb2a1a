# SPDX-License-Identifier: Apache-2.0

from support.origin import answer
from support.raw import request


def hints(connection):
    connection.request()
    connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + answer())
    connection.rest()


def test_interim_answers_pass(edge):
    edge.forward(edge.origin(script=hints))
    client = edge.connect()
    response = client.get()
    assert [interim.status for interim in response.interim] == [103, 102]
    assert response.interim[0].header("link") == "</a.css>"
    assert response.body == b"ok"


def test_clients_of_http10_get_none(edge):
    edge.forward(edge.origin(script=hints))
    client = edge.connect()
    client.send(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    response = client.response()
    assert (response.status, response.interim, response.body) == (200, [], b"ok")
    assert client.is_closed()


def test_interim_answer_does_not_wait_for_the_final_one(edge):
    def script(connection):
        connection.request()
        connection.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        connection.origin.wait(lambda: connection.origin.go_on)
        connection.send(answer())

    origin = edge.origin(script=script)
    origin.go_on = False
    edge.forward(origin)
    client = edge.connect()
    client.send(request())
    assert client.head().status == 103
    origin.go_on = True
    origin.changed()
    assert client.response().status == 200

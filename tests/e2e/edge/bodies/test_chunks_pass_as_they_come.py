# SPDX-License-Identifier: Apache-2.0
"""A chunk is not held back until there are more."""

from support.origin import answer
from support.raw import request


def test_of_an_answer(edge):
    def script(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(5):
            connection.origin.wait(lambda n=number: connection.origin.taken == n)
            connection.send(b"3;ext=%d\r\nn=%d\r\n" % (number, number))
        connection.origin.wait(lambda: connection.origin.taken == 5)
        connection.send(b"0\r\nX-Trailer: dropped\r\n\r\n")
        connection.rest()

    origin = edge.origin(script=script)
    origin.taken = 0
    edge.forward(origin)
    client = edge.connect()
    client.send(request())
    response = client.head()
    assert response.framing() == "chunked"
    for number, chunk in enumerate(client.reader.chunks()):
        assert chunk == b"n=%d" % number
        origin.taken = number + 1
        origin.changed()
    assert origin.taken == 5


def test_of_a_request(edge):
    def script(connection):
        head = connection.head()
        connection.origin.head = head
        for chunk in connection.reader.chunks():
            connection.origin.chunks.append(chunk)
            connection.origin.changed()
        connection.send(answer())

    origin = edge.origin(script=script)
    origin.chunks = []
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/", "a", {"Transfer-Encoding": "chunked"}, "POST"))
    for number in range(5):
        client.send(b"3\r\nn=%d\r\n" % number)
        origin.wait(lambda: len(origin.chunks) == number + 1, "a chunk")
    client.send(b"0\r\n\r\n")
    assert client.response().status == 200
    assert b"".join(origin.chunks) == b"n=0n=1n=2n=3n=4"


def test_of_an_answer_until_close(edge):
    def script(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        connection.origin.wait(lambda: connection.origin.taken)
        connection.send(b"second")

    origin = edge.origin(script=script)
    origin.taken = False
    edge.forward(origin)
    client = edge.connect()
    client.send(request())
    assert client.head().framing() == "chunked"
    chunks = client.reader.chunks()
    assert next(chunks) == b"first"
    origin.taken = True
    origin.changed()
    assert b"".join(chunks) == b"second"

# SPDX-License-Identifier: Apache-2.0

from support.origin import answer


def test_one_connection_serves_one_request_after_the_other(edge):
    origin = edge.origin()
    edge.forward(origin)
    client = edge.connect()
    for number in range(20):
        assert client.get(f"/{number}").status == 200
    assert len(origin.connections) == 1
    assert len(origin.connections[0].requests) == 20


def test_posts_use_it_too(edge):
    origin = edge.origin(lambda request: answer(request.body))
    edge.forward(origin)
    client = edge.connect()
    for number in range(10):
        assert client.get("/", method="POST", body=b"hello").body == b"hello"
    assert len(origin.connections) == 1


def test_one_with_an_open_end_is_not_used_again(edge):
    def script(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\n\r\nall of it")

    origin = edge.origin(script=script)
    edge.forward(origin)
    client = edge.connect()
    for _ in range(3):
        assert client.get().body == b"all of it"
    assert len(origin.connections) == 3

# SPDX-License-Identifier: Apache-2.0

from support.raw import request


def test_other_protocols_are_upgraded_too(edge):
    def script(connection):
        request = connection.request()
        assert request.header("upgrade") == "foo/2"
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: foo/2\r\n\r\n")
        connection.send(connection.receive()[::-1])

    edge.forward(edge.origin(script=script))
    client = edge.connect()
    client.send(request(headers={"Connection": "keep-alive, Upgrade", "Upgrade": "foo/2"}))
    response = client.head()
    assert (response.status, response.header("upgrade")) == (101, "foo/2")
    client.send(b"abc")
    assert client.rest() == b"cba"

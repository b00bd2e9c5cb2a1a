# SPDX-License-Identifier: Apache-2.0

import pytest

from support.origin import answer
from support.raw import request as request_of

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
           "Sec-WebSocket-Version": "13"}
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")


def turned(data):
    """What comes back of it."""
    return data.translate(bytes(range(255, -1, -1)))


def echo(connection):
    """Serves plain requests, until one asks for an upgrade; from there on it sends back what comes,
    turned."""
    while request := connection.request():
        if request.header("upgrade") is None:
            connection.send(answer(b"plain"))
            continue
        connection.send(SWITCH)
        data, connection.reader.buffer = bytes(connection.reader.buffer), bytearray()
        data = data or connection.receive()
        while data:
            connection.send(turned(data))
            data = connection.receive()
        connection.send(b"bye")
        return


@pytest.fixture
def websocket(edge):
    """Makes connections that are upgraded."""
    def open_one(early=b"", **options):
        client = edge.connect(**options)
        client.send(request_of(headers=UPGRADE) + early)
        response = client.head()
        assert response.status == 101, response
        client.answer = response

        def say(data):
            client.send(data)
            assert client.reader.take(len(data)) == turned(data)

        client.say = say
        return client

    return open_one


@pytest.fixture
def echoing(edge):
    return edge.origin(script=echo)

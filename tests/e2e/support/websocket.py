# SPDX-License-Identifier: Apache-2.0
"""Tunnels through an upgrade; what goes through is not looked at, so echoes are enough."""

from support.origin import answer

UPGRADE = (
    b"GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def echo_script(connection):
    """Upgrades who asks for it, and answers all others."""
    while True:
        request = connection.request()
        if request is None:
            return
        if request.header("upgrade") is None:
            if not connection.send(answer(b"ok")):
                return
            continue
        connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        data, connection.reader.buffer = connection.reader.buffer, b""
        while True:
            if data and not connection.send(data):
                return
            data = connection.receive()
            if not data:
                return


def open_socket(edge, listener="web"):
    client = edge.connect(listener)
    client.send(UPGRADE)
    response = client.response()
    assert response.status == 101, response
    return client


def echoes(client, text):
    client.send(text)
    return client.reader.take(len(text)) == text

# SPDX-License-Identifier: Apache-2.0
"""Plain HTTP, garbage, half a hello, and silence: closed, and nobody else suffers."""

import pytest

from support.certificates import Wire, client_context, raw_client_hello
from support.raw import request


@pytest.mark.parametrize("data", [request(), b"\x00" * 100, b"\x16\x03\x01\xff\xff" + b"\xff" * 1000, b"SSH-2.0-x\r\n"])
def test_garbage(edge, secure, tls, data):
    origin = edge.origin()
    secure(origin)
    client = edge.connect()
    client.send(data)
    client.rest()
    assert client.end in ("closed", "reset")
    assert tls().get(host="default.example.com").status == 200
    assert len(origin.requests) == 1


def test_half_a_hello(edge, secure, tls):
    secure(edge.origin(), timeouts={"handshake": "1s"})
    hello = raw_client_hello(client_context(), "default.example.com")
    clients = [edge.connect() for _ in range(3)]
    clients[0].send(hello[: len(hello) // 2])
    clients[0].shut()
    clients[1].send(hello[: len(hello) // 2])  # and then nothing, as the third from the start
    assert tls().get(host="default.example.com").status == 200
    for client in clients:
        client.rest()
        assert client.end in ("closed", "reset")


def test_hello_byte_by_byte(edge, secure):
    secure(edge.origin())
    wire = Wire(edge.address(), client_context(), "default.example.com")
    edge.closed_at_end.append(wire.client)
    wire.handshake("all")
    wire.tls.write(request(host="default.example.com"))
    wire.flush("all")
    received = b""
    while b"\r\n\r\nok" not in received:
        data = wire.client.receive()
        assert data
        wire.incoming.write(data)
        try:
            received += wire.tls.read(65536)
        except Exception as error:
            assert "did not complete" in str(error)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")

# SPDX-License-Identifier: Apache-2.0

import pytest

from support.edge import wait_until

NOT_TLS = {
    "http": b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
    "nothing that is known": b"\x00\x01\x02\x03" * 100,
    "too long a record": b"\x16\x03\x01\xff\xff" + b"x" * 65535,
    "an empty hello": b"\x16\x03\x01\x00\x04\x01\x00\x00\x00",
    "an old hello": b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + b"x" * 40,
}


@pytest.mark.parametrize("name", NOT_TLS)
def test_and_reaches_nobody(edge, secure, tls, name):
    origin = edge.origin(name="main")
    secure(origin)
    client = edge.connect()
    client.send(NOT_TLS[name])
    client.rest()
    assert client.end in ("closed", "reset")
    assert not origin.connections
    assert tls().get(host="default.example.com").status == 200
    wait_until(lambda: edge.statistics("listeners", "web")["connection_errors"] == 1)


def test_a_handshake_that_takes_too_long(edge, secure):
    secure(edge.origin(name="main"), timeouts={"handshake": "1s"})
    silent, half = edge.connect(), edge.connect()
    half.send(b"\x16\x03\x01\x02\x00\x01")
    for client in (silent, half):
        client.rest()
        assert client.end in ("closed", "reset")

# SPDX-License-Identifier: Apache-2.0

import hashlib

from support.origin import answer
from support.raw import request
from support.websocket import UPGRADE, echo_script, echoes

HOST = "default.example.com"
BODY = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(1 << 17))  # 4 MiB


def test_both_ways(edge, secure, tls):
    secure(edge.origin(lambda request: answer(request.body)))
    client = tls()
    for _ in range(2):
        client.send(request("/", HOST, method="POST", body=BODY))
        response = client.response()
        assert response.status == 200
        assert hashlib.sha256(response.body).digest() == hashlib.sha256(BODY).digest()


def test_websockets(edge, secure, tls):
    secure(edge.origin(script=echo_script))
    client = tls()
    client.send(UPGRADE.replace(b"Host: a\r\n", f"Host: {HOST}\r\n".encode()))
    assert client.response().status == 101
    assert echoes(client, b"hello" * 10000)

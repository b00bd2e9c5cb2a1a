# SPDX-License-Identifier: Apache-2.0

import hashlib

from support.origin import answer
from support.raw import request

DATA = hashlib.shake_128(b"secret").digest(3 << 20)


def test_requests_pass_over_tls(edge, secure, tls):
    origin = edge.origin(lambda request: answer(request.body))
    secure(origin)
    client = tls()
    for number in range(5):
        response = client.get("/", "default.example.com", method="POST", body=b"%d" % number)
        assert (response.status, response.body) == (200, b"%d" % number)
    assert len(origin.connections) == 1
    assert origin.requests[0].header("x-forwarded-proto") == "https"
    assert origin.requests[0].header("x-forwarded-port") == str(edge.port())


def test_large_bodies(edge, secure, tls):
    secure(edge.origin(lambda request: answer(request.body + DATA)))
    client = tls()
    client.send(request(host="default.example.com", method="PUT", body=DATA))
    assert client.response().body == DATA + DATA


def test_pipelined_and_chunked(edge, secure, tls):
    secure(edge.origin(lambda request: answer(request.target.encode())))
    client = tls()
    client.send(b"".join(request(f"/{number}", "default.example.com") for number in range(20)))
    assert [client.response().body for _ in range(20)] == [b"/%d" % number for number in range(20)]


def test_bad_requests_are_refused(edge, secure, tls):
    origin = edge.origin()
    secure(origin)
    client = tls()
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert client.response().status == 400
    assert client.rest() == b""
    assert origin.received == b""

# SPDX-License-Identifier: Apache-2.0
"""With a close_notify, so that clients know that they have it all."""

HOST = "default.example.com"


def test_after_the_last_answer(edge, secure, tls):
    secure(edge.origin(name="main"))
    client = tls()
    assert client.get(host=HOST, headers={"Connection": "close"}).closes
    assert client.is_closed()


def test_after_a_refusal(edge, secure, tls):
    origin = edge.origin(name="main")
    secure(origin)
    client = tls()
    client.send(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nHost: {HOST}\r\n\r\n".encode())
    assert client.response().status == 400
    assert client.is_closed()
    assert not origin.connections

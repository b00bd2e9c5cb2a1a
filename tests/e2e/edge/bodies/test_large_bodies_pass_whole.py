# SPDX-License-Identifier: Apache-2.0
"""Megabytes in both directions, with every kind of framing, and checksums of them."""

import hashlib
import threading

import pytest

from support.origin import answer
from support.raw import request

SIZE = 6 << 20
DATA = hashlib.shake_128(b"data").digest(SIZE)
CHUNKED_HEAD = answer(headers={"Transfer-Encoding": "chunked"}, body=b"", length=False)


def digest(data):
    return hashlib.sha256(data).hexdigest().encode()


def send_aside(client, data):
    thread = threading.Thread(target=client.send, args=(data,), daemon=True)
    thread.start()
    return thread


def in_chunks(size):
    parts = [DATA[at : at + size] for at in range(0, SIZE, size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("family", ["ipv4", "unix"])
def test_request_with_length(edge, family):
    edge.forward(edge.origin(lambda request: answer(digest(request.body)), family=family))
    client = edge.connect()
    for _ in range(2):
        thread = send_aside(client, request(method="POST", body=DATA))
        response = client.response()
        thread.join()
        assert (response.status, response.body, response.closes) == (200, digest(DATA), False)


@pytest.mark.parametrize("size", [997, 16384, 1 << 20])
def test_request_in_chunks(edge, size):
    edge.forward(edge.origin(lambda request: answer(digest(request.body))))
    client = edge.connect()
    thread = send_aside(client, request("/", "a", {"Transfer-Encoding": "chunked"}, "POST") + in_chunks(size))
    response = client.response()
    thread.join()
    assert (response.body, response.closes) == (digest(DATA), False)


@pytest.mark.parametrize("family", ["ipv4", "unix"])
def test_answer_with_length(edge, family):
    edge.forward(edge.origin(lambda request: answer(DATA), family=family))
    client = edge.connect()
    for _ in range(2):
        assert digest(client.get().body) == digest(DATA)


@pytest.mark.parametrize("size", [997, 16384, 1 << 20])
def test_answer_in_chunks(edge, size):
    edge.forward(edge.origin(lambda request: CHUNKED_HEAD + in_chunks(size)))
    client = edge.connect()
    for _ in range(2):
        assert digest(client.get().body) == digest(DATA)


def test_answer_until_close(edge):
    def script(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\n\r\n" + DATA)

    edge.forward(edge.origin(script=script))
    client = edge.connect()
    response = client.get()
    assert response.is_framed and digest(response.body) == digest(DATA)


def test_answer_until_close_to_a_client_of_http10(edge):
    edge.forward(edge.origin(lambda request: CHUNKED_HEAD + in_chunks(50000)))
    client = edge.connect()
    client.send(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    response = client.response()
    assert not response.is_framed and digest(response.body) == digest(DATA)
    assert client.end == "closed"


def test_both_ways_at_once(edge):
    """The target sends back what it gets while it gets it."""

    def script(connection):
        head = connection.head()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE)
        left = SIZE - len(connection.reader.buffer)
        connection.send(connection.reader.buffer)
        while left > 0:
            data = connection.receive()
            if not data:
                return
            connection.send(data)
            left -= len(data)
        connection.shut()
        assert head.method == "POST"

    edge.forward(edge.origin(script=script))
    client = edge.connect()
    thread = send_aside(client, request(method="POST", body=DATA))
    response = client.response()
    thread.join()
    assert digest(response.body) == digest(DATA)

# SPDX-License-Identifier: Apache-2.0
"""Tens of megabytes, in both directions at once, over several connections, with checksums."""

import hashlib
import threading

import pytest

SIZE = 24 << 20
DATA = hashlib.shake_128(b"stream").digest(1 << 20) * (SIZE >> 20)


def send_all(client, data):
    client.send(data)
    client.shut()


@pytest.mark.parametrize("family", ["ipv4", "unix"])
def test_there_and_back(edge, through, family):
    def script(connection):
        data = connection.socket.recv(65536)
        while data:
            connection.socket.sendall(data)
            data = connection.socket.recv(65536)

    through(edge.origin(script=script, family=family))
    client = edge.connect()
    thread = threading.Thread(target=send_all, args=(client, DATA), daemon=True)
    thread.start()
    digest = hashlib.sha256()
    while data := client.receive(1 << 20):
        digest.update(data)
    thread.join()
    assert client.end == "closed"
    assert digest.digest() == hashlib.sha256(DATA).digest()


def test_to_a_reader_that_stops_now_and_then(edge, through):
    def script(connection):
        connection.socket.sendall(DATA)

    through(edge.origin(script=script))
    client = edge.connect(receive_buffer=32768)
    digest, count = hashlib.sha256(), 0
    while data := client.receive(50000):
        digest.update(data)
        count += 1
        if count % 200 == 0:
            client.has_something(0.001)
    assert digest.digest() == hashlib.sha256(DATA).digest()

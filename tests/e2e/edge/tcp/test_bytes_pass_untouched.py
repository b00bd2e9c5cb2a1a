# SPDX-License-Identifier: Apache-2.0

import pytest


def test_bytes_pass_untouched(edge, echoing, through):
    through(echoing)
    client = edge.connect()
    for data in (bytes(range(256)), b"GET / HTTP/1.1\r\n\r\n", b"\x00", b"x" * 70000):
        client.send(data)
        assert client.reader.take(len(data)) == data
    assert echoing.received == bytes(range(256)) + b"GET / HTTP/1.1\r\n\r\n\x00" + b"x" * 70000


def test_target_may_speak_first(edge, through):
    def script(connection):
        connection.send(b"220 hello\r\n")
        connection.rest()

    through(edge.origin(script=script))
    assert edge.connect().reader.line() == b"220 hello"


@pytest.mark.parametrize("family", ["ipv6", "unix"])
def test_other_kinds_of_targets(edge, through, family):
    def script(connection):
        connection.send(connection.receive())

    through(edge.origin(script=script, family=family))
    client = edge.connect()
    client.send(b"hello")
    assert client.rest() == b"hello"


def test_byte_by_byte(edge, echoing, through):
    through(echoing)
    client = edge.connect()
    data = bytes(range(200))
    client.send_pieces(data, range(1, len(data)))
    assert client.reader.take(len(data)) == data

# SPDX-License-Identifier: Apache-2.0


def test_of_the_target(edge, through):
    def script(connection):
        connection.receive()
        connection.send(b"part")
        connection.reset()

    through(edge.origin(script=script))
    client = edge.connect()
    client.send(b"x")
    assert b"HTTP" not in client.rest()
    assert client.end in ("closed", "reset")


def test_of_the_client(edge, echoing, through):
    through(echoing)
    client = edge.connect()
    client.send(b"x")
    assert client.reader.take(1) == b"x"
    client.reset()
    assert echoing.wait_for_end() in ("closed", "reset")

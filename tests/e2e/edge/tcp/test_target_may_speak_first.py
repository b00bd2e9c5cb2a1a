# SPDX-License-Identifier: Apache-2.0


def test_before_a_byte_of_the_client(edge, through):
    def script(connection):
        connection.send(b"220 welcome\r\n")
        connection.rest()

    through(edge.origin(script=script))
    client = edge.connect()
    assert client.reader.line() == b"220 welcome"

# SPDX-License-Identifier: Apache-2.0

import pytest

from support.raw import chunked

ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n",
    "interim": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
    "many chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + chunked(b"h", b"e", b"l", b"l", b"o"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_may_come_byte_by_byte(edge, name):
    data = ANSWERS[name]

    def script(connection):
        while connection.request():
            for at in range(len(data)):
                connection.send(data[at : at + 1])

    edge.forward(edge.origin(script=script))
    client = edge.connect()
    for _ in range(3):
        response = client.get()
        assert (response.status, response.body) == (200, b"hello")

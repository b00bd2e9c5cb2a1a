# SPDX-License-Identifier: Apache-2.0

from support.checks import FAST

GARBAGE = {
    "no http": b"hello, I am an SSH server\r\n\r\n",
    "bare newlines": b"HTTP/1.1 200 OK\n\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "no end of the head": b"HTTP/1.1 200 OK\r\nA: b\r\n",
    "nothing": b"",
    "head without end": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20000,
}


def test_answer_is_not_understood(edge):
    def garbler(data):
        def garble(connection):
            connection.request()
            connection.send(data)

        return garble

    origins = [edge.origin(script=garbler(data)) for data in GARBAGE.values()]
    edge.forward(*origins, group={"health": {**FAST, "unhealthy": 1}, "timeouts": {"connect": "200ms"}})
    edge.wait_for_state("unhealthy", *origins)
    assert edge.get().status == 502  # where all have failed, all are asked

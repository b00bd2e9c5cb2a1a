# SPDX-License-Identifier: Apache-2.0

from support.raw import request


def test_target_that_stops_in_mid_answer(edge):
    def script(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        connection.rest()

    origin = edge.origin(script=script)
    edge.forward(origin, timeouts={"idle": "1s"})
    client = edge.connect()
    client.send(request())
    assert client.head().status == 200
    assert client.rest() == b"hello"
    assert client.end == "reset"
    assert origin.wait_for_end() in ("closed", "reset")


def test_client_that_reads_nothing(edge):
    def script(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 << 20) + b"x" * (64 << 20))

    origin = edge.origin(script=script)
    edge.forward(origin, timeouts={"idle": "1s"})
    client = edge.connect(receive_buffer=65536)
    client.send(request())
    assert origin.wait_for_end() in ("closed", "reset", "stopped")
    while client.receive():
        pass
    assert client.end == "reset"

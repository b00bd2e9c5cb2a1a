# SPDX-License-Identifier: Apache-2.0
"""101 where no upgrade was asked for: 502, and both connections are closed."""


def script(connection):
    connection.request()
    connection.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nbytes")
    connection.rest()


def test_upgrade_nobody_asked_for_is_refused(edge):
    origin = edge.origin(script=script)
    edge.forward(origin)
    client = edge.connect()
    response = client.get()
    assert (response.status, response.closes) == (502, True)
    assert client.is_closed()
    assert origin.wait_for_end() in ("closed", "reset")

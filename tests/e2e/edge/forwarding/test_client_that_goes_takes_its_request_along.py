# SPDX-License-Identifier: Apache-2.0
"""A reset of the client while the target thinks: the target is not kept busy for nobody."""

from support.raw import request


def test_reset_while_the_target_thinks(edge):
    def script(connection):
        connection.request()
        connection.rest()

    origin = edge.origin(script=script)
    edge.forward(origin)
    client = edge.connect()
    client.send(request())
    origin.wait_for_requests(1)
    client.reset()
    assert origin.wait_for_end() in ("closed", "reset")


def test_reset_within_a_body(edge):
    origin = edge.origin()
    edge.forward(origin)
    client = edge.connect()
    client.send(request("/", "a", {"Content-Length": "100"}, "POST") + b"part")
    origin.wait(lambda: b"part" in origin.received)
    client.reset()
    assert origin.wait_for_end() in ("closed", "reset")
    assert not origin.requests or origin.connections[0].reader.buffer == b"part"
    assert edge.get().status == 200

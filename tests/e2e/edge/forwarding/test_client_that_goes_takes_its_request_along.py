# SPDX-License-Identifier: Apache-2.0
"""A reset of the client while the target thinks: the target is not kept busy for nobody."""

import os
import signal

from support.edge import wait_until
from support.origin import answer
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


def test_reset_before_the_request_is_read(edge):
    """Nothing but the reset itself tells of it, and that has been told when the request is read."""

    def script(connection):
        while (asked := connection.request()) is not None:
            if asked.target == "/of-nobody":
                connection.rest()
                return
            connection.send(answer())

    origin = edge.origin(script=script)
    edge.forward(origin)
    process = edge.daemon.pid_of("edge")
    client = edge.connect()
    wait_until(lambda: edge.statistics("listeners", "web")["open_connections"] == 1)
    os.kill(process, signal.SIGSTOP)
    try:
        client.send(request("/of-nobody"))
        client.reset()
    finally:
        os.kill(process, signal.SIGCONT)
    wait_until(lambda: edge.statistics("listeners", "web")["resets"] == 1)
    wait_until(lambda: edge.statistics("listeners", "web")["active"] == 0)
    assert edge.get().status == 200
    assert [one.target for one in origin.requests] == ["/"]

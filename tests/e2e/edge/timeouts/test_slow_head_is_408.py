# SPDX-License-Identifier: Apache-2.0
"""The time for a head is for all of it: bytes that trickle in do not lengthen it."""

import select
import time

from support.raw import request


def test_slow_head_is_408(edge):
    origin = edge.origin()
    edge.forward(origin, timeouts={"header": "1s"})
    client = edge.connect()
    start = time.monotonic()
    data = iter(request(headers={"X": "y" * 1000}))
    while not select.select([client.socket], [], [], 0.02)[0]:
        assert time.monotonic() - start < 15, "it waits on and on"
        client.send(bytes([next(data)]))
    response = client.response()
    assert (response.status, response.closes) == (408, True)
    assert client.is_closed()
    assert time.monotonic() - start > 0.9
    assert origin.received == b""


def test_silent_client_is_closed(edge):
    edge.forward(edge.origin(), timeouts={"header": "1s"})
    client = edge.connect()
    assert client.is_closed()


def test_slow_second_head_is_408(edge):
    edge.forward(edge.origin(), timeouts={"header": "1s"})
    client = edge.connect()
    assert client.get().status == 200
    client.send(b"GET / HT")
    assert client.response().status == 408
    assert client.is_closed()

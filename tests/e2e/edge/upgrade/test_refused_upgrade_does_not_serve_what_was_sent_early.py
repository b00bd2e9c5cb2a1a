# SPDX-License-Identifier: Apache-2.0
"""Bytes that were meant for a tunnel are no requests: where there is no tunnel, nothing behind the
refusal is served."""

import pytest

from support.origin import answer
from support.raw import request

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket"}


@pytest.mark.parametrize("early", [b"\x81\x85\x01\x02\x03\x04frame", b"\x00" * 20])
def test_tunnel_bytes_get_no_service(edge, early):
    origin = edge.origin(lambda request: answer(b"no", 426))
    edge.forward(origin)
    client = edge.connect()
    client.send(request(headers=UPGRADE) + early)
    assert client.response().status == 426
    client.rest()
    assert client.end in ("closed", "reset")
    assert len(origin.requests) == 1


def test_without_early_bytes_the_connection_goes_on(edge):
    edge.forward(edge.origin(lambda request: answer(b"no", 426)))
    client = edge.connect()
    assert client.get(headers=UPGRADE).status == 426
    assert client.get().status == 426

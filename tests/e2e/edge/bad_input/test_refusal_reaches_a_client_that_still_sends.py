# SPDX-License-Identifier: Apache-2.0
"""Megabytes behind a fault: the client still gets to read why it is refused."""

import threading

import pytest


@pytest.mark.parametrize("head", [
    b"GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nX\r\n",
])
def test_refusal_reaches_a_client_that_still_sends(edge, head):
    origin = edge.origin()
    edge.forward(origin)
    client = edge.connect()
    thread = threading.Thread(target=client.send, args=(head + b"x" * 150000,), daemon=True)
    thread.start()
    response = client.response()
    assert (response.status, response.closes) == (400, True)
    thread.join()
    assert b"xxx" not in origin.received

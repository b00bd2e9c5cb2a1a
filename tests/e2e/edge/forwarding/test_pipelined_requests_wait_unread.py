# SPDX-License-Identifier: Apache-2.0
"""While an answer is awaited, what is piled up behind it is left with the sender."""

import threading

from support.origin import answer
from support.raw import request


def test_pipelined_requests_wait_unread(edge):
    release = threading.Event()

    def respond(request):
        release.wait(20)
        return answer(b"done")

    origin = edge.origin(respond)
    edge.forward(origin)
    client = edge.connect()
    # More than the buffers of both sides' sockets and of the edge hold.
    client.send(request("/first"))
    origin.wait_for_requests(1)
    client.socket.settimeout(0.3)
    data, sent = request("/next", headers={"X": "y" * 8000}) * 50, 0
    try:
        while sent < 64 << 20:
            sent += client.socket.send(data)
    except TimeoutError:
        pass
    assert sent < 32 << 20
    assert len(origin.requests) == 1
    client.socket.settimeout(20)
    release.set()
    assert client.response().body == b"done"
    assert client.response().body == b"done"

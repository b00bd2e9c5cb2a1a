# SPDX-License-Identifier: Apache-2.0
"""Bodies that end just before, at and behind what a buffer may hold, with their heads or without."""

import pytest

from support.origin import answer
from support.raw import chunked, request

SIZES = sorted({size + more for size in (0, 1, 1024, 2048, 4096, 8192, 16384, 32768, 36864, 65536, 131072)
                for more in (-201, -2, -1, 0, 1, 2) if size + more >= 0})

DATA = bytes(range(251)) * (max(SIZES) // 251 + 1)


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("apart", [False, True], ids=["together", "apart"])
def test_there_and_back(edge, framing, apart):
    def respond(request):
        if framing == "length":
            return answer(request.body)
        head = answer(b"", headers={"Transfer-Encoding": "chunked"}, length=False)
        return head + chunked(*[request.body] * bool(request.body))

    origin = edge.origin(respond)
    edge.forward(origin)
    client = edge.connect()
    for size in SIZES:
        body = DATA[:size]
        if framing == "length":
            data = request(method="POST", body=body)
        else:
            data = request("/", "a", {"Transfer-Encoding": "chunked"}, "POST") + chunked(*[body] * bool(body))
        head = data.index(b"\r\n\r\n") + 4
        client.send_pieces(data, [head] if apart and size else [])
        response = client.response()
        assert response.body == body, size
        assert not response.closes, size
    assert len(origin.connections) == 1

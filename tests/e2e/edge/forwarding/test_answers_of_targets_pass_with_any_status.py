# SPDX-License-Identifier: Apache-2.0

import pytest

from support.origin import answer


@pytest.mark.parametrize("status", [200, 201, 206, 226, 299, 300, 304, 400, 401, 404, 418, 499, 500, 503, 599])
def test_answers_of_targets_pass_with_any_status(edge, status):
    body = b"" if status == 304 else b"hello"
    edge.forward(edge.origin(lambda request: answer(body, status, reason="Whatever")))
    client = edge.connect()
    for _ in range(2):
        response = client.get()
        assert (response.status, response.body) == (status, body)


def test_204_keeps_the_connection(edge):
    origin = edge.origin(lambda request: b"HTTP/1.1 204 No Content\r\n\r\n")
    edge.forward(origin)
    client = edge.connect()
    for _ in range(3):
        response = client.get()
        assert response.status == 204 and response.header("content-length") is None
    assert len(origin.connections) == 1

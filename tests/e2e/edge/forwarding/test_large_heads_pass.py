# SPDX-License-Identifier: Apache-2.0
"""Up to what is allowed, in both directions, and again on the same connections."""

from support.origin import answer


def test_large_heads_pass(edge):
    fields = [(f"X-{number}", "y" * 3000) for number in range(10)]
    origin = edge.origin(lambda request: answer(b"ok", headers=fields))
    edge.forward(origin)
    client = edge.connect()
    for _ in range(3):
        response = client.get("/" + "a" * 100, headers=fields)
        assert response.status == 200
        assert [value for name, value in response.fields if name.startswith("x-")] == ["y" * 3000] * 10
    assert all(len([1 for name, value in request.fields if value == "y" * 3000]) == 10 for request in origin.requests)
    assert len(origin.connections) == 1

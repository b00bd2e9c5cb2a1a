# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("action", ["drain", "disable"])
def test_it_gets_requests_again(edge, action):
    one, two = edge.named_origins("one", "two")
    edge.forward(one, two)
    for _ in range(3):
        edge.steer(one, action)
        assert {edge.get().body for _ in range(6)} == {b"two"}
        edge.steer(one, "enable")
        assert {edge.get().body for _ in range(6)} == {b"one", b"two"}

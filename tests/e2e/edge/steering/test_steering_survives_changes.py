# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("action", ["drain", "disable"])
def test_what_is_out_stays_out(edge, action):
    one, two = edge.named_origins("one", "two")
    edge.forward(one, two)
    edge.steer(one, action)
    edge.forward(one, two, group={"drain": "20s"}, timeouts={"idle": "20s"})
    assert {edge.get().body for _ in range(6)} == {b"two"}


def test_weights_stay(edge):
    one, two = edge.named_origins("one", "two")
    edge.forward(one, two)
    edge.steer(one, "weight", 0)
    edge.forward(one, two, group={"drain": "20s"})
    assert {edge.get().body for _ in range(6)} == {b"two"}

# SPDX-License-Identifier: Apache-2.0

from collections import Counter


def test_shares_are_about_as_the_weights(edge):
    heavy, light = edge.named_origins("heavy", "light")
    edge.forward(
        {"address": heavy, "weight": 3},
        {"address": light, "weight": 1},
        group={"algorithm": "weighted_random"},
    )
    with edge.connect() as client:
        bodies = [client.get().body for _ in range(800)]
    count = Counter(bodies)
    assert 120 < count[b"light"] < 280, count  # 200, and its deviation is 12
    assert len({tuple(bodies[start : start + 8]) for start in range(0, 800, 8)}) > 10  # no turns

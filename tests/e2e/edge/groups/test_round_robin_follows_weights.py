# SPDX-License-Identifier: Apache-2.0

from collections import Counter


def test_weights_are_exact_and_spread(edge):
    heavy, light = edge.named_origins("heavy", "light")
    edge.forward({"address": heavy, "weight": 3}, {"address": light, "weight": 1})
    with edge.connect() as client:
        bodies = [client.get().body for _ in range(40)]
    assert Counter(bodies) == {b"heavy": 30, b"light": 10}
    assert b"lightlight" not in b"".join(bodies)


def test_weight_of_zero_gets_nothing(edge):
    some, none = edge.named_origins("some", "none")
    edge.forward({"address": some}, {"address": none, "weight": 0})
    with edge.connect() as client:
        assert {client.get().body for _ in range(20)} == {b"some"}
    assert not none.connections

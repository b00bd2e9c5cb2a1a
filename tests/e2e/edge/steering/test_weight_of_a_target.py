# SPDX-License-Identifier: Apache-2.0

from collections import Counter


def test_it_is_the_operators_until_it_is_given_back(edge):
    one, two = edge.named_origins("one", "two")
    edge.forward(one, two)

    def shares():
        with edge.connect() as client:
            return Counter(client.get().body for _ in range(20))

    assert shares() == {b"one": 10, b"two": 10}
    edge.steer(one, "weight", 3)
    assert shares() == {b"one": 15, b"two": 5}
    target = edge.targets()[one.address]
    assert (target["weight"], target["configured_weight"]) == (3, 1)
    edge.steer(one, "weight", 0)
    assert shares() == {b"two": 20}
    edge.steer(one, "weight", "configured")
    assert shares() == {b"one": 10, b"two": 10}


def test_wrong_ones_are_refused(edge):
    one = edge.origin(name="one")
    edge.forward(one)
    for weight in ("1000", "-1", "many", "1.5", ""):
        result = edge.daemon.run("target", "weight", f"{edge.name}/app/{one.address}", weight)
        assert result.returncode != 0 and result.stderr, weight
    assert edge.targets()[one.address]["weight"] == 1

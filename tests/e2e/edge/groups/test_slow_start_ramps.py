# SPDX-License-Identifier: Apache-2.0

from collections import Counter

from support.edge import wait_until


def test_a_new_target_begins_with_little(edge):
    old, new = edge.named_origins("old", "new")
    group = {"slow_start": "1m", "health": {"path": "/", "interval": "1s", "timeout": "500ms"}}
    edge.forward(old, group=group)
    edge.wait_for_state("healthy", old)
    with edge.connect() as client:  # the first batch has its whole share at once
        assert client.get().status == 200
        edge.forward(old, new, group=group)
        edge.wait_for_state("healthy", new)
        counts = Counter(client.get().body for _ in range(200))
    assert counts[b"new"] < 40, counts
    assert counts[b"old"] > 160, counts


def test_and_gets_its_whole_share(edge):
    old, new = edge.named_origins("old", "new")
    group = {"slow_start": "1s", "health": {"path": "/", "interval": "1s", "timeout": "500ms"}}
    edge.forward(old, group=group)
    edge.wait_for_state("healthy", old)
    edge.forward(old, new, group=group)
    edge.wait_for_state("healthy", new)

    def is_even():
        with edge.connect() as client:
            return Counter(client.get().body for _ in range(10)) == {b"old": 5, b"new": 5}

    wait_until(is_even)


def test_the_first_batch_skips_it(edge):
    a, b = edge.named_origins("a", "b")
    group = {"slow_start": "5m", "health": {"path": "/", "interval": "1s", "timeout": "500ms"}}
    edge.forward(a, b, group=group)
    edge.wait_for_state("healthy", a, b)
    with edge.connect() as client:
        assert Counter(client.get().body for _ in range(40)) == {b"a": 20, b"b": 20}

# SPDX-License-Identifier: Apache-2.0

from collections import Counter


def test_groups_get_their_shares(edge):
    a, b, c = edge.named_origins("a", "b", "c")
    edge.up(
        {"web": {"default": {"weights": {"a": 60, "b": 40, "c": 0}}}},
        {"a": {"targets": [a]}, "b": {"targets": [b]}, "c": {"targets": [c]}},
    )
    with edge.connect() as client:
        counts = Counter(client.get().body for _ in range(500))
    assert 230 < counts[b"a"] < 370, counts  # 300, and its deviation is 11
    assert set(counts) == {b"a", b"b"}


def test_clients_stay_with_their_group(edge):
    a, b = edge.named_origins("a", "b")
    edge.up(
        {"web": {"default": {"weights": {"a": 1, "b": 1}, "stickiness": {"ttl": "10m"}}}},
        {"a": {"targets": [a]}, "b": {"targets": [b]}},
    )
    seen = set()
    for _ in range(12):
        first = edge.get()
        cookie = first.header("set-cookie")
        assert cookie.startswith("SLIPWAY-GROUP=") and "Max-Age=600" in cookie
        headers = {"Cookie": cookie.split(";")[0]}
        assert {edge.get(headers=headers).body for _ in range(6)} == {first.body}
        seen.add(first.body)
    assert seen == {b"a", b"b"}

# SPDX-License-Identifier: Apache-2.0

import pytest


def test_by_source(edge):
    edge.forward(*edge.named_origins("a", "b", "c"), group={"algorithm": "hash"})
    assert len({edge.get().body for _ in range(12)}) == 1


@pytest.mark.parametrize("by, header", [("header", "X-User"), ("cookie", "Cookie")])
def test_by_a_value_of_the_request(edge, by, header):
    name = "X-User" if by == "header" else "user"
    edge.forward(
        *edge.named_origins("a", "b", "c"),
        group={"algorithm": "hash", "hash": {"by": by, "name": name}},
    )
    text = "{}" if by == "header" else "other=1; user={}; last=2"
    first = [edge.get(headers={header: text.format(n)}).body for n in range(60)]
    again = [edge.get(headers={header: text.format(n)}).body for n in range(60)]
    assert first == again
    assert all(first.count(name) >= 5 for name in (b"a", b"b", b"c")), first


def test_requests_without_it_take_turns(edge):
    edge.forward(
        *edge.named_origins("a", "b"),
        group={"algorithm": "hash", "hash": {"by": "header", "name": "X-User"}},
    )
    assert {edge.get().body for _ in range(24)} == {b"a", b"b"}

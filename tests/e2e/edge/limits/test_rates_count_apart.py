# SPDX-License-Identifier: Apache-2.0

import pytest

from support.sources import client_from


def statuses(client, count, **headers):
    return [client.get(headers=headers).status for _ in range(count)]


def test_each_source(edge):
    edge.forward(edge.origin(name="a"), limits={"requests": [{"by": "source", "rate": "2/h"}]})
    for source in ("127.0.0.2", "127.0.0.3"):
        assert statuses(client_from(edge, source), 3) == [200, 200, 429]


def test_all_of_a_rule_together(edge):
    rule = {"name": "all", "forward": "app", "limits": [{"by": "rule", "rate": "3/h"}]}
    edge.forward(edge.origin(name="a"), rules=[rule])
    assert statuses(client_from(edge, "127.0.0.2"), 2) == [200, 200]
    assert statuses(client_from(edge, "127.0.0.3"), 2) == [200, 429]


@pytest.mark.parametrize("by, header", [("header", "X-Key"), ("cookie", "Cookie")])
def test_each_value(edge, by, header):
    name, text = ("X-Key", "{}") if by == "header" else ("key", "a=b; key={}; c=d")
    edge.forward(edge.origin(name="a"), limits={"requests": [{"by": by, "name": name, "rate": "2/h"}]})
    with edge.connect() as client:
        for value in ("one", "two"):
            assert statuses(client, 3, **{header: text.format(value)}) == [200, 200, 429]


def test_two_rules_with_the_same_limit(edge):
    limit = {"limits": [{"by": "rule", "rate": "1/h"}], "forward": "app"}
    edge.forward(
        edge.origin(name="a"),
        rules=[
            {"name": "one", "when": {"path": "/one"}, **limit},
            {"name": "two", "when": {"path": "/two"}, **limit},
        ],
    )
    assert [edge.get(path).status for path in ("/one", "/two", "/one", "/two")] == [200, 200, 429, 429]

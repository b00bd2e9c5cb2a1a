# SPDX-License-Identifier: Apache-2.0

import re

GROUP = {"stickiness": {"by": "balancer", "ttl": "1h"}}


def cookie_of(response):
    match = re.match(r"([^=;]+)=([^;]*)(.*)", response.header("set-cookie"))
    return match[1], match[2], match[3]


def test_client_goes_where_it_was(edge):
    edge.forward(*edge.named_origins("a", "b", "c"), group=GROUP)
    for _ in range(3):
        first = edge.get()
        name, value, attributes = cookie_of(first)
        assert name == "SLIPWAY"
        for attribute in ("Max-Age=3600", "Path=/", "HttpOnly", "SameSite=Lax"):
            assert attribute in attributes
        assert "Secure" not in attributes
        for _ in range(5):
            again = edge.get(headers={"Cookie": f"x=1; {name}={value}"})
            assert again.body == first.body
            assert again.header("set-cookie") is None  # it is good for long


def test_name_is_configured(edge):
    edge.forward(*edge.named_origins("a", "b"), group={"stickiness": {"cookie": "WHERE"}})
    name, _, attributes = cookie_of(edge.get())
    assert name == "WHERE"
    assert "Max-Age=86400" in attributes


def test_cookie_does_not_name_the_target(edge):
    origin = edge.origin(name="a")
    edge.forward(origin, group=GROUP)
    _, value, _ = cookie_of(edge.get())
    assert re.fullmatch("[A-Za-z0-9_-]{28}", value)


def test_what_was_made_up_means_nothing(edge):
    edge.forward(*edge.named_origins("a", "b", "c"), group=GROUP)
    first = edge.get()
    name, value, _ = cookie_of(first)
    changed = ("B" if value[0] == "A" else "A") + value[1:]
    for wrong in (changed, value[:-1], value + "A", "", "A" * 28, "%", '"' + "A" * 28 + '"', "A" * 4000):
        bodies = set()
        for _ in range(3):
            response = edge.get(headers={"Cookie": f"{name}={wrong}"})
            assert response.status == 200
            assert cookie_of(response)[1] != wrong
            bodies.add(response.body)
        assert len(bodies) == 3, wrong


def test_cookie_of_another_group_means_nothing(edge):
    origins = edge.named_origins("a", "b")
    edge.up(
        {
            "web": {
                "rules": [{"name": "one", "when": {"path": "/one"}, "forward": "one"}],
                "default": {"forward": "two"},
            }
        },
        {"one": {"targets": origins, **GROUP}, "two": {"targets": origins, **GROUP}},
    )
    name, value, _ = cookie_of(edge.get("/one"))
    assert edge.get("/two", headers={"Cookie": f"{name}={value}"}).header("set-cookie")


def test_other_cookies_reach_the_target(edge):
    origin = edge.origin(name="a")
    edge.forward(origin, group=GROUP)
    edge.get(headers={"Cookie": "x=1; y=2"})
    assert origin.requests[0].header("cookie") == "x=1; y=2"

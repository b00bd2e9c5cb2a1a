# SPDX-License-Identifier: Apache-2.0
"""Some programs take X_Forwarded_For for X-Forwarded-For, and so it could be forged."""


def test_names_with_an_underscore_are_dropped(edge):
    origin = edge.origin()
    edge.forward(origin)
    headers = [("X_Forwarded_For", "1.2.3.4"), ("Foo_Bar", "x"), ("_", "y"), ("X-Kept", "z"), ("Content_Length", "100")]
    assert edge.get(headers=headers).status == 200
    assert not [name for name, _ in origin.requests[0].fields if "_" in name]
    assert origin.requests[0].header("x-kept") == "z"


def test_those_that_the_edge_sets_itself_pass(edge):
    origin = edge.origin()
    rule = {"forward": "app", "request_headers": {"set": {"Foo_Bar": "ours"}}}
    edge.up({"web": {"rules": [rule]}}, {"app": {"targets": [origin]}})
    assert edge.get(headers={"Foo_Bar": "theirs"}).status == 200
    assert origin.requests[0].all("foo_bar") == ["ours"]

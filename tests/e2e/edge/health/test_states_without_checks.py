# SPDX-License-Identifier: Apache-2.0


def test_not_checked_is_unavailable_and_serves(edge):
    origin = edge.origin(name="a")
    edge.forward(origin)
    assert edge.states() == {origin.address: "unavailable"}
    assert edge.get().body == b"a"


def test_group_that_nobody_forwards_to_is_unused(edge):
    a, b = edge.named_origins("a", "b")
    edge.up(
        {"web": {"default": {"forward": "app"}}},
        {
            "app": {"targets": [a]},
            "spare": {"targets": [b], "health": {"path": "/", "interval": "1s", "timeout": "500ms"}},
        },
    )
    edge.wait_for_state("unused", b, group="spare")

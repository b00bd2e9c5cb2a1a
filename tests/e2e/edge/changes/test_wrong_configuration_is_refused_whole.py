# SPDX-License-Identifier: Apache-2.0
"""Nothing of it is taken, and what was served before is served on."""

import socket

import pytest

WRONG = {
    "unknown group": ({"web": {"default": {"forward": "nobody"}}}, {}, "nobody"),
    "unknown key": ({"web": {"default": {"forward": "app"}, "colour": "red"}}, {}, "colour"),
    "missing certificate": (
        {
            "web": {"default": {"forward": "app"}},
            "other": {
                "protocol": "https",
                "certificates": [{"cert": "gone.pem", "key": "gone.key"}],
                "default": {"forward": "app"},
            },
        },
        {},
        "gone.pem",
    ),
    "wrong target": ({"web": {"default": {"forward": "new"}}}, {"new": {"targets": ["1.2.3.4"]}}, "1.2.3.4"),
    "later capability": ({"web": {"default": {"forward": "app"}, "http2": True}}, {}, "not supported yet"),
}


@pytest.mark.parametrize("name", WRONG)
def test_by_what_it_says(edge, name):
    listeners, groups, part = WRONG[name]
    old, new = edge.named_origins("old", "new")
    edge.forward(old)
    client = edge.connect()
    assert client.get().body == b"old"
    before = edge.daemon.api("GET", "/v1/version")[1]
    result = edge.try_up(listeners, {"app": {"targets": [new]}, **groups})
    assert result.returncode == 1 and part in result.stderr, result.stderr
    assert client.get().body == b"old"
    assert edge.get().body == b"old"
    assert list(edge.targets()) == [old.address]
    assert edge.daemon.api("GET", "/v1/version")[1] == before
    assert not new.connections


def test_by_an_address_that_another_program_has(edge):
    old, new = edge.named_origins("old", "new")
    edge.forward(old)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        result = edge.try_up(
            {"web": {"default": {"forward": "app"}}, "other": {"address": taken, "default": {"forward": "app"}}},
            {"app": {"targets": [new]}},
        )
        assert result.returncode == 1 and taken in result.stderr, result.stderr
    assert edge.get().body == b"old"
    assert list(edge.targets()) == [old.address]
    edge.forward(new)  # and the next right one is taken
    assert edge.get().body == b"new"


def test_listener_that_would_have_been_new_is_not_there(edge):
    old = edge.origin(name="old")
    edge.forward(old)
    listeners = {"web": {"default": {"forward": "app"}}, "other": {"default": {"forward": "nobody"}}}
    assert edge.try_up(listeners, {"app": {"targets": [old]}}).returncode == 1
    with pytest.raises(ConnectionRefusedError):
        edge.connect("other")

# SPDX-License-Identifier: Apache-2.0

import socket

import pytest

from support.ports import reserve_port
from support.raw import Client



@pytest.mark.parametrize("family", ["ipv4", "ipv6", "unix"])
def test_target_by_address(edge, family):
    origin = edge.origin(family=family)
    edge.forward(origin)
    client = edge.connect()
    for _ in range(3):
        assert client.get().status == 200
    assert len(origin.connections) == 1
    assert origin.requests[0].header("host") == "a"


def test_target_by_name(edge):
    origin = edge.origin()
    edge.forward(f"localhost:{origin.port}")
    assert edge.get().status == 200
    assert "localhost" in str(edge.targets())


def test_name_that_is_not_known_leaves_the_others_alone(edge):
    origin = edge.origin()
    edge.forward(origin, "no-such-name.invalid:80")
    for _ in range(5):
        assert edge.get().status == 200


def test_listener_on_ipv6(edge):
    port, keeper = reserve_port(socket.AF_INET6)
    edge.keepers.append(keeper)
    origin = edge.origin()
    edge.up({"web": {"address": f"[::1]:{port}", "default": {"forward": "app"}}}, {"app": {"targets": [origin]}})
    with Client(("::1", port)) as client:
        assert client.get(host=f"[::1]:{port}").status == 200
    assert origin.requests[0].header("x-forwarded-for") == "::1"

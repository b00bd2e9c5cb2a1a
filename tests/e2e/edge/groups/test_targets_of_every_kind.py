# SPDX-License-Identifier: Apache-2.0

import socket

import pytest


@pytest.mark.parametrize("family", ["ipv4", "ipv6", "unix"])
def test_by_address(edge, family):
    try:
        origin = edge.origin(family=family, name="here")
    except OSError as error:
        pytest.skip(f"no {family} on this machine: {error}")
    edge.forward(origin)
    assert edge.get().body == b"here"
    assert list(edge.targets()) == [origin.address]


def test_by_name(edge):
    origin = edge.origin(name="here")
    edge.forward(f"localhost:{origin.port}")
    assert {address[4][0] for address in socket.getaddrinfo("localhost", 80)} >= {"127.0.0.1"}
    assert edge.get().body == b"here"
    target = edge.targets()[origin.address]
    assert target["name"] == f"localhost:{origin.port}"


def test_name_that_is_nobodys(edge):
    origin = edge.origin(name="here")
    edge.forward(origin, "nobody.invalid:80")
    with edge.connect() as client:
        assert {client.get().body for _ in range(10)} == {b"here"}
    (other,) = [target for address, target in edge.targets().items() if address != origin.address]
    assert other["state"] == "unhealthy" and "name" in other["description"].lower()

# SPDX-License-Identifier: Apache-2.0
"""Whoever is not trusted says nothing about who the client is."""

SPOOFED = [("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-For", "5.6.7.8"), ("X-Forwarded-Proto", "https"),
           ("X-Forwarded-Port", "1"), ("X-Forwarded-Host", "evil"), ("X-Forwarded-Anything", "x"),
           ("Forwarded", "for=1.2.3.4"), ("X-Real-IP", "1.2.3.4")]


def seen(edge, origin, **listener):
    edge.forward(origin, **listener)
    assert edge.get(headers=SPOOFED).status == 200
    return origin.requests[-1]


def test_they_are_written_anew(edge):
    request = seen(edge, edge.origin())
    assert request.header("x-forwarded-for") == "127.0.0.1"
    assert request.header("x-forwarded-proto") == "http"
    assert request.header("x-forwarded-port") == str(edge.port())
    for name in ("x-forwarded-host", "x-forwarded-anything", "forwarded", "x-real-ip"):
        assert request.header(name) is None


def test_trusting_others_changes_nothing(edge):
    request = seen(edge, edge.origin(), trusted=["10.0.0.0/8", "2001:db8::/32"])
    assert request.header("x-forwarded-for") == "127.0.0.1"


def test_preserve_is_for_the_trusted_only(edge):
    request = seen(edge, edge.origin(), forwarded={"mode": "preserve"})
    assert request.header("x-forwarded-for") == "127.0.0.1"
    assert request.header("x-real-ip") is None


def test_remove_leaves_none(edge):
    request = seen(edge, edge.origin(), forwarded={"mode": "remove"})
    for name in ("for", "proto", "port", "host"):
        assert request.header(f"x-forwarded-{name}") is None
    for name in ("forwarded", "x-real-ip"):
        assert request.header(name) is None


def test_port_of_the_client_is_there_where_wanted(edge):
    origin = edge.origin()
    edge.forward(origin, forwarded={"port": True})
    client = edge.connect()
    assert client.get().status == 200
    assert origin.requests[0].header("x-forwarded-for") == f"127.0.0.1:{client.port}"

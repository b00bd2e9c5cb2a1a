# SPDX-License-Identifier: Apache-2.0

import ssl

import pytest


@pytest.mark.parametrize("offers", [("http/1.1",), ("h2", "http/1.1"), ("http/1.1", "h2")])
def test_http_1_1_is_chosen(edge, secure, tls, offers):
    secure(edge.origin(name="main"))
    client = tls(protocols=offers)
    assert client.socket.selected_alpn_protocol() == "http/1.1"
    assert client.get(host="default.example.com").status == 200


def test_clients_without_it_are_served(edge, secure, tls):
    secure(edge.origin(name="main"))
    client = tls()
    assert client.socket.selected_alpn_protocol() is None
    assert client.get(host="default.example.com").status == 200


@pytest.mark.parametrize("offers", [("h2",), ("spdy/1", "acme-tls/1")])
def test_others_alone_are_refused(edge, secure, tls, offers):
    origin = edge.origin(name="main")
    secure(origin)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        tls(protocols=offers)
    assert not origin.connections

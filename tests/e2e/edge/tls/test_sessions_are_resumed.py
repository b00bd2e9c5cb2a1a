# SPDX-License-Identifier: Apache-2.0
"""By tickets that every thread understands, under the name that they were made for only."""

import ssl

import pytest

from support.certificates import client_context
from support.raw import Client, connect


def reconnect(address, context, session, server_name):
    client = Client(address)
    client.socket.close()
    client.socket = context.wrap_socket(connect(address), server_hostname=server_name, session=session)
    return client


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_sessions_are_resumed(edge, secure, version):
    secure(edge.origin())
    context = client_context(lowest=version, highest=version)
    first = edge.connect(tls=context, server_name="shop.example.com")
    assert first.get(host="shop.example.com").status == 200
    session = first.socket.session
    for _ in range(8):
        client = reconnect(edge.address(), context, session, "shop.example.com")
        assert client.get(host="shop.example.com").status == 200
        assert client.socket.session_reused
        client.close()
    other = reconnect(edge.address(), context, session, "a.wild.example.com")
    assert other.get(host="a.wild.example.com").status == 200
    assert not other.socket.session_reused
    other.close()


def test_sessions_are_resumed_after_a_change(edge, secure):
    origin = edge.origin()
    secure(origin)
    context = client_context()
    first = edge.connect(tls=context, server_name="shop.example.com")
    assert first.get(host="shop.example.com").status == 200
    secure(origin, timeouts={"idle": "30s"})
    client = reconnect(edge.address(), context, first.socket.session, "shop.example.com")
    assert client.get(host="shop.example.com").status == 200
    assert client.socket.session_reused
    client.close()

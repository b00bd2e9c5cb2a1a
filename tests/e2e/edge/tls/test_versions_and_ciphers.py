# SPDX-License-Identifier: Apache-2.0

import ssl
import warnings

import pytest

from support.certificates import client_context

TLS = ssl.TLSVersion


@pytest.mark.parametrize("version", [TLS.TLSv1_2, TLS.TLSv1_3])
def test_these_are_taken(edge, secure, tls, version):
    secure(edge.origin(name="main"))
    client = tls(lowest=version, highest=version)
    assert client.socket.version() == version.name.replace("_", ".")
    assert client.get(host="default.example.com").body == b"main"


@pytest.mark.parametrize("version", [TLS.TLSv1, TLS.TLSv1_1])
def test_older_ones_are_refused(edge, secure, version):
    origin = edge.origin(name="main")
    secure(origin)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = client_context(lowest=version, highest=version)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)) as caught:
            edge.connect(tls=context, server_name="default.example.com")
    assert "NO_PROTOCOLS_AVAILABLE" not in str(caught.value)  # it was the edge that refused
    assert not origin.connections


@pytest.mark.parametrize(
    "cipher, is_taken",
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", True),
        ("ECDHE-ECDSA-AES128-SHA256", False),
        ("ECDHE-ECDSA-AES256-SHA", False),
    ],
)
def test_ciphers_need_aead(edge, secure, cipher, is_taken):
    secure(edge.origin(name="main"))
    context = client_context(lowest=TLS.TLSv1_2, highest=TLS.TLSv1_2)
    context.set_ciphers(cipher + ":@SECLEVEL=0")
    if is_taken:
        client = edge.connect(tls=context, server_name="default.example.com")
        assert client.socket.cipher()[0] == cipher
    else:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            edge.connect(tls=context, server_name="default.example.com")

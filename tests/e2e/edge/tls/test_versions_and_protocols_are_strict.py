# SPDX-License-Identifier: Apache-2.0

import ssl

import pytest

from support.certificates import client_context


@pytest.fixture(autouse=True)
def listener(edge, secure):
    secure(edge.origin())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_12_and_13_are_spoken(tls, version):
    client = tls(lowest=version, highest=version)
    assert client.get(host="default.example.com").status == 200


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_ones_are_refused(edge, version):
    context = client_context(lowest=version, highest=version)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        edge.connect(tls=context, server_name="default.example.com")


@pytest.mark.parametrize("ciphers", ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"])
def test_ciphers_without_forward_secrecy_or_authentication_are_refused(edge, ciphers):
    context = client_context(highest=ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(ciphers)
    with pytest.raises(ssl.SSLError):
        edge.connect(tls=context, server_name="default.example.com")


def test_http11_is_agreed_on(tls):
    client = tls(protocols=["h2", "http/1.1"])
    assert client.socket.selected_alpn_protocol() == "http/1.1"
    assert client.get(host="default.example.com").status == 200


def test_other_protocols_alone_are_refused(edge):
    for protocols in (["h2"], ["spdy/3", "foo"]):
        with pytest.raises(ssl.SSLError, match="(?i)no_application_protocol|no application protocol"):
            edge.connect(tls=client_context(protocols), server_name="default.example.com")


def test_none_need_be_named(tls):
    client = tls()
    assert client.socket.selected_alpn_protocol() is None
    assert client.get(host="default.example.com").status == 200

# SPDX-License-Identifier: Apache-2.0

import ssl

import pytest

from support.certificates import certificate_name


@pytest.mark.parametrize(
    "server_name, wanted",
    [
        ("default.example.com", "default"),
        ("shop.example.com", "shop"),
        ("SHOP.Example.COM", "shop"),
        ("www.shop.example.com", "shop"),
        ("a.wild.example.com", "wild"),
        ("a.b.wild.example.com", "default"),
        ("wild.example.com", "default"),
        ("unknown.example.com", "default"),
        (None, "default"),
    ],
)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_certificate_is_chosen_by_name(edge, secure, tls, server_name, wanted, version):
    secure(edge.origin())
    client = tls(server_name, lowest=version, highest=version)
    assert certificate_name(client) == wanted
    assert client.get(host=server_name or "default.example.com").status == 200

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "name, host, status",
    [
        ("default.example.com", "default.example.com", 200),
        ("default.example.com", "DEFAULT.example.com:443", 200),
        ("shop.example.com", "www.shop.example.com", 200),  # the same certificate
        ("x.wild.example.com", "y.wild.example.com", 200),
        ("default.example.com", "shop.example.com", 421),
        ("shop.example.com", "default.example.com", 421),
        ("x.wild.example.com", "shop.example.com", 421),
    ],
)
def test_421(edge, secure, tls, name, host, status):
    origin = edge.origin(name="main")
    secure(origin)
    assert tls(name).get(host=host).status == status
    assert len(origin.requests) == (status == 200)

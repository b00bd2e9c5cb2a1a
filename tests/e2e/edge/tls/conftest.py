# SPDX-License-Identifier: Apache-2.0

import pytest

from support.certificates import client_context, make_certificate


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """Made once: by name, what stands in a project."""
    folder = tmp_path_factory.mktemp("certificates")
    return {
        "default": make_certificate(folder, "default", "default.example.com"),
        "shop": make_certificate(folder, "shop", "shop.example.com", "www.shop.example.com"),
        "wild": make_certificate(folder, "wild", "*.wild.example.com"),
        "rsa": make_certificate(folder, "rsa", "rsa.example.com", kind="rsa"),
    }


@pytest.fixture
def secure(edge, certificates):
    """Puts targets behind a https listener with these certificates."""

    def up(*targets, names=("default", "shop", "wild"), **listener):
        edge.up(
            {"web": {"protocol": "https", "certificates": [certificates[name] for name in names],
                     "default": {"forward": "app"}, **listener}},
            {"app": {"targets": list(targets)}},
        )

    return up


@pytest.fixture
def tls(edge):
    """Opens connections to the listener."""

    def open_one(server_name="default.example.com", **options):
        return edge.connect(tls=client_context(**options), server_name=server_name)

    return open_one

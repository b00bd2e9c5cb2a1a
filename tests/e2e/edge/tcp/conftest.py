# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.fixture
def through(edge):
    """Puts targets behind a tcp listener."""

    def up(*targets, group=(), **listener):
        edge.up(
            {"web": {"protocol": "tcp", "default": {"forward": "app"}, **listener}},
            {"app": {"targets": list(targets), **dict(group)}},
        )

    return up


@pytest.fixture
def echoing(edge):
    """Sends back what comes, and an end for an end."""

    def script(connection):
        while data := connection.receive():
            connection.send(data)
        connection.send(b"<end>")

    return edge.origin(script=script)

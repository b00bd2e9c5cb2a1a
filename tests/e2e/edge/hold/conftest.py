# SPDX-License-Identifier: Apache-2.0
"""Groups that hold their requests while nobody is there for them."""

import pytest
from support.edge import wait_until
from support.raw import request


class Holding:
    def __init__(self, edge):
        self.edge = edge

    def up(self, *targets, hold="20s", protocol="http", **group):
        self.edge.up(
            {"web": {"protocol": protocol, "default": {"forward": "app"}}},
            {"app": {"targets": list(targets), "hold": hold, **group}},
        )

    @property
    def waiting(self):
        return self.edge.statistics("groups", "app")["pending"]

    def wait_for(self, count):
        wait_until(lambda: self.waiting == count, lambda: f"{count} waiting, not {self.waiting}")

    def ask(self, *targets):
        """A client for each, that waits; in this order."""
        clients = []
        for count, target in enumerate(targets, self.waiting + 1):
            clients.append(self.edge.connect())
            clients[-1].send(request(target))
            self.wait_for(count)
        return clients


@pytest.fixture
def holding(edge):
    return Holding(edge)

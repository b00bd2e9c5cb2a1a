# SPDX-License-Identifier: Apache-2.0
"""One project for all rows: it serves on whatever came before."""

import pytest

from support.edge import Edge
from support.origin import Origin


@pytest.fixture(scope="module")
def origin():
    origin = Origin()
    yield origin
    origin.stop()


@pytest.fixture(scope="module")
def forwarding_edge(daemon, origin, request):
    edge = Edge(daemon, f"rows-{request.module.__name__.rpartition('.')[2].replace('_', '-')[-40:]}")
    edge.forward(origin)
    yield edge
    edge.close()

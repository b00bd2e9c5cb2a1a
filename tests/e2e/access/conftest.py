# SPDX-License-Identifier: Apache-2.0

import pytest

from support.dashboard import Dashboard
from support.node import Node


@pytest.fixture
def node(slipway):
    node = Node(slipway)
    yield node
    node.close()


@pytest.fixture
def dashboard(node):
    return Dashboard(node)

# SPDX-License-Identifier: Apache-2.0

import pytest

from support.tree import Tree


@pytest.fixture
def tree(slipway):
    tree = Tree(slipway)
    yield tree
    tree.close()

# SPDX-License-Identifier: Apache-2.0

import pytest

from support.described import Api, LonelyNode
from support.openapi import Document


@pytest.fixture(scope="session")
def document():
    return Document()


@pytest.fixture
def api(slipway, document):
    node = LonelyNode(slipway)
    yield Api(node, document)
    node.close()



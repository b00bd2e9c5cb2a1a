# SPDX-License-Identifier: Apache-2.0
"""A daemon with native services, and streams of what is told about them."""

import pytest

from support.live import Live
from support.space import PrivateSpace


@pytest.fixture(scope="session")
def space():
    space = PrivateSpace()
    yield space
    space.close()


@pytest.fixture
def stack(slipway, space):
    stack = Live(slipway, None, space)
    try:
        stack.serve()
        yield stack
    finally:
        stack.close()

# SPDX-License-Identifier: Apache-2.0

import shutil
import tempfile
from pathlib import Path

import pytest

from support.load import Tools
from support.space import PrivateSpace
from support.stack import Stack


def pytest_configure(config):
    config.addinivalue_line("markers", "engine: needs to be root, for a Docker Engine of its own")


@pytest.fixture(scope="session")
def tools():
    folder = Path(tempfile.mkdtemp(prefix="tools-"))
    folder.chmod(0o755)  # what is deployed may run as another user
    yield Tools(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def space():
    space = PrivateSpace()
    yield space
    space.close()


@pytest.fixture
def stack(slipway, tools, space):
    """A daemon without projects."""
    stack = Stack(slipway, tools, space)
    try:
        stack.serve()
        yield stack
    finally:
        stack.close()

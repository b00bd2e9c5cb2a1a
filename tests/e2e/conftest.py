# SPDX-License-Identifier: Apache-2.0
"""What every end-to-end test stands on: the binary, a folder of its own, a clean environment."""

import sys

sys.dont_write_bytecode = True

import pytest

from support.binary import find_binary
from support.project import Project


@pytest.fixture(scope="session")
def slipway():
    return find_binary()


@pytest.fixture
def project(slipway, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    return Project(slipway, folder)

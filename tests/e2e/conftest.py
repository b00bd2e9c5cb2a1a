# SPDX-License-Identifier: Apache-2.0
"""What every end-to-end test stands on: the binary, a folder of its own, a clean environment."""

import sys

sys.dont_write_bytecode = sys.pycache_prefix is None  # nothing is left in the tree

import pytest

import engine as engines
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


@pytest.fixture(scope="session")
def engine():
    """A Docker Engine of the tests' own, with the images engines.BASE and engines.WEB."""
    try:
        started = engines.Engine().start()
    except engines.Unavailable as reason:
        pytest.skip(f"no Docker Engine can run here: {reason}")
    try:
        started.import_base()
        started.import_web()
        yield started
    finally:
        started.stop()

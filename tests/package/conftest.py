# SPDX-License-Identifier: Apache-2.0
"""The package is built once, and each test gets a machine of its own to do with as it likes."""

import shutil
import sys

sys.dont_write_bytecode = sys.pycache_prefix is None  # nothing is left in the tree

import pytest

import engine as engines
from support import debian
from support.build import build
from support.machine import Machine


@pytest.fixture(scope="session")
def package():
    return build()


@pytest.fixture(scope="session")
def engine():
    try:
        debian.tar_file()
        started = engines.Engine().start()
    except (engines.Unavailable, debian.Unavailable) as reason:
        pytest.skip(f"no Debian with systemd can run here: {reason}")
    try:
        debian.import_into(started)
        yield started
    finally:
        started.stop()


@pytest.fixture
def machine(engine, package, tmp_path):
    shutil.copy(package.file, tmp_path)
    with Machine(engine, tmp_path) as machine:
        yield machine


@pytest.fixture
def installed(machine, package):
    """With the package, and a project that is served."""
    machine.install(package.file)
    machine.up()
    return machine

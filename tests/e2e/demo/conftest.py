# SPDX-License-Identifier: Apache-2.0

import os
import shutil

import pytest

from support.demo import Demos, build_apps, find_apps
from support.space import PrivateSpace

SOMEBODY = 64321  # nobody's user id


@pytest.fixture(scope="session")
def apps(tmp_path_factory):
    return find_apps() or build_apps(tmp_path_factory.mktemp("apps") / "build")


@pytest.fixture(scope="session")
def space():
    """The ports that the demo would like are free in it."""
    space = PrivateSpace()
    yield space
    space.close()


@pytest.fixture
def demos(slipway, apps, space):
    demos = Demos(slipway, apps, space)
    yield demos
    demos.close()


@pytest.fixture
def demos_of_somebody(slipway, apps, space):
    """Where nobody is root."""
    if os.geteuid() != 0:
        pytest.skip("nobody is root in all of these tests")
    if shutil.which("setpriv") is None:
        pytest.skip("there is no setpriv")
    demos = Demos(slipway, apps, space, user=SOMEBODY)
    yield demos
    demos.close()

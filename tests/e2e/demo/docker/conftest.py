# SPDX-License-Identifier: Apache-2.0
"""Debian's packages for PostgreSQL and Redis are downloaded once, as there is no network where the
engine is."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.binary import REPOSITORY
from support.demo import Demos
from support.own_engine import Engine, Unavailable
from support.own_view import can_have_own_view
from support.space import PrivateSpace


@pytest.fixture(scope="session")
def packages():
    """The folder of the demo that has them."""
    folder = REPOSITORY / "build" / "test" / "demo-packages"
    if not os.access(REPOSITORY, os.W_OK):
        pytest.skip("the packages have no place here")
    script = REPOSITORY / "script" / "lib" / "demo" / "packages.py"
    done = subprocess.run(["/usr/bin/python3", "-B", str(script), str(folder)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"the packages of PostgreSQL and Redis are not to be had: {done.stderr[-300:]}")
    return folder


@pytest.fixture(scope="session")
def engine():
    try:
        engine = Engine().start()
    except Unavailable as reason:
        pytest.skip(str(reason))
    yield engine
    engine.stop()


def give_packages(demos, packages):
    """Without a copy; their times say that they are newer than what apt knows."""
    folder = demos.tree / "build" / "demo-docker"
    (folder / "packages").mkdir(parents=True)
    for path in packages.glob("*.resolved"):
        shutil.copy2(path, folder)
    for path in (packages / "packages").iterdir():
        Path(folder / "packages" / path.name).symlink_to(path)


@pytest.fixture
def demos(slipway, apps, engine, packages):
    demos = Demos(slipway, apps, engine.space, variant="demo-docker", docker_host=engine.address)
    give_packages(demos, packages)
    yield demos
    demos.close()


@pytest.fixture
def demos_without_engine(slipway, apps, packages):
    """In a network where there is none. (It takes root; the other fixtures have looked.)"""
    has_dockerd = shutil.which("dockerd", path=os.environ["PATH"] + ":/usr/sbin") is not None
    if not has_dockerd or not can_have_own_view():
        pytest.skip("an engine of one's own needs dockerd, and root that is in no chroot")
    space = PrivateSpace()
    # The machine's containerd is not seen, nor changed.
    hidden = "mkdir -p /run/containerd && mount -t tmpfs tmpfs /run/containerd && exec \"$@\""
    space.prefix = [*space.prefix, "unshare", "--mount", "sh", "-c", hidden, "sh"]
    demos = Demos(slipway, apps, space, variant="demo-docker")
    give_packages(demos, packages)
    yield demos
    demos.close()
    space.close()

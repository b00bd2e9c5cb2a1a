# SPDX-License-Identifier: Apache-2.0
import pytest
from engine import Engine, Unavailable
from support.docker_stack import Stack, find_driver


@pytest.fixture(scope="session")
def engine():
    try:
        with Engine() as started:
            started.import_base()
            started.import_web()
            yield started
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def driver():
    found = find_driver()
    if not found.exists():
        pytest.skip(f"{found} is not built")
    return found


@pytest.fixture
def stack(driver, engine, tmp_path):
    made = Stack(driver, engine, tmp_path)
    yield made
    made.clear()


@pytest.fixture
def other(driver, engine, tmp_path):
    """Another project on the same engine."""
    folder = tmp_path / "other"
    folder.mkdir()
    made = Stack(driver, engine, folder)
    yield made
    made.clear()

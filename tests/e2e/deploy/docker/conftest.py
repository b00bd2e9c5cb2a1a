# SPDX-License-Identifier: Apache-2.0
"""One engine for all; each test has a daemon and a project of its own."""

import pytest

from support import postgres
from support.own_engine import Engine, Unavailable
from support.stack import EngineStack


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name == "docker" and item.path.parent.parent.name == "deploy":
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def engine(tools):
    try:
        engine = Engine().start()
    except Unavailable as reason:
        pytest.skip(str(reason))
    try:
        for version in ("v1", "v2", "v3"):
            engine.import_app(f"app:{version}", tools.app, ANSWER=version)
        engine.import_shell("shell:1")
        yield engine
    finally:
        engine.stop()


@pytest.fixture
def stack(slipway, tools, engine):
    stack = EngineStack(slipway, tools, engine)
    try:
        stack.serve()
        yield stack
    finally:
        stack.close()


@pytest.fixture(scope="session")
def databases(engine):
    """Images of two editions, and of one that does not start."""
    if not postgres.is_there():
        pytest.skip("there is no PostgreSQL to make an image of; see script/setup test")
    postgres.make_image(engine, "database:1", "one")
    engine.docker("tag", "database:1", "database:base")
    for name, changes in (("2", {"EDITION": "two"}), ("bad", {"EDITION": "bad", "BROKEN": "1"})):
        derive(engine, f"database:{name}", "database:base", changes)
    return postgres


def derive(engine, name, base, environment):
    container = engine.docker("create", base)
    words = [word for key, value in environment.items() for word in ("-c", f"ENV {key}={value}")]
    engine.docker("commit", *words, container, name)
    engine.docker("rm", "-v", container)

# SPDX-License-Identifier: Apache-2.0
"""What the services' end-to-end tests stand on: programs that were built, started in folders of
their own with an environment of their own."""

import os
import sys
from pathlib import Path

sys.dont_write_bytecode = sys.pycache_prefix is None  # nothing is left in the tree

import pytest

from support.postgres import Postgres
from support.redis import Redis
from support.service import Service

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def programs():
    """Where the programs are: APPS_BUILD, or the folder that script/test and script/demo use."""
    folder = Path(os.environ.get("APPS_BUILD", ROOT / "build" / "apps")).resolve()
    if not folder.is_dir():
        pytest.fail(f"{folder} is not there: build the services, or set APPS_BUILD")
    return folder


@pytest.fixture
def start(programs, tmp_path):
    """start("birthday/birthday", NAME="value"...): a service that listens; it is stopped in the
    end. Services of one test share a working folder, as replicas do."""
    started = []

    def run(program, **environment):
        service = Service(programs / program, tmp_path, environment)
        started.append(service)
        return service

    yield run
    for service in started:
        service.kill()


@pytest.fixture
def birthday(start):
    def run(**environment):
        return start("birthday/birthday", **environment).wait_listening()

    return run


@pytest.fixture(scope="session")
def postgres_server():
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres(postgres_server):
    """The server, running, with a new database."""
    postgres_server.start()
    postgres_server.new_database()
    return postgres_server


@pytest.fixture
def redis():
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        server.remove()

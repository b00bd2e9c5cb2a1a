# SPDX-License-Identifier: Apache-2.0
"""The same with containers: one engine for all tests."""

import contextlib
import os
import signal

import pytest

import engine as engines
from support.live import Live
from support.own_engine import Engine, Unavailable
from support.stack import EngineStack


class LiveContainers(Live, EngineStack):
    def containers_project(self, replicas=2, version="1", **more):
        """Of a web server in containers, with a limit of their memory."""
        service = {
            "image": engines.WEB,
            "environment": {"VERSION": version},
            "expose": ["8080"],
            "deploy": {"replicas": replicas, "resources": {"limits": {"memory": "64M"}}},
            "stop_grace_period": "2s",
            **more,
        }
        project = self.project({"web": service})
        group = project["x-slipway"]["target_groups"]["web"]
        group["port"] = 8080
        group["drain"] = "1s"
        group["health"]["path"] = "/version"
        return self.write(project)

    @contextlib.contextmanager
    def hanging_engine(self):
        pid = self.engine.process.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def control_threads(self):
        return len(os.listdir(f"/proc/{self.control}/task"))


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name == "docker" and item.path.parent.parent.name == "live":
            item.add_marker(pytest.mark.engine)


def pytest_configure(config):
    config.addinivalue_line("markers", "engine: needs to be root, for a Docker Engine of its own")


@pytest.fixture(scope="session")
def engine():
    try:
        engine = Engine().start()
    except Unavailable as reason:
        pytest.skip(str(reason))
    try:
        engine.import_web()
        yield engine
    finally:
        engine.stop()


@pytest.fixture
def stack(slipway, engine):
    stack = LiveContainers(slipway, None, engine)
    try:
        stack.serve()
        yield stack
    finally:
        stack.close()

# SPDX-License-Identifier: Apache-2.0
"""One daemon for all; each test has its own project, origins and clients."""

import itertools

import pytest

from support.edge import Daemon, Edge

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def daemon(slipway):
    daemon = Daemon(slipway)
    yield daemon
    status = daemon.stop()
    assert daemon.faults() is None, daemon.faults()
    assert status == 0, daemon.text


@pytest.fixture
def edge(daemon):
    edge = Edge(daemon, f"test{next(NUMBERS)}")
    yield edge
    edge.close()


@pytest.fixture
def start_daemon(slipway):
    """For what is about the daemon as a whole: daemons that nobody else uses."""
    started = []

    def start(*arguments, **options):
        started.append(Daemon(slipway, *arguments, **options))
        return started[-1]

    yield start
    for daemon in started:
        status = daemon.stop()
        assert daemon.faults() is None, daemon.faults()
        assert status == 0, daemon.text

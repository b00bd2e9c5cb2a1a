# SPDX-License-Identifier: Apache-2.0

import os

import pytest

from support.demo import INTERRUPT


@pytest.fixture
def take(space):
    taken = []

    def take(port):
        socket = space.socket()
        taken.append(socket)
        try:
            socket.bind(("127.0.0.1", port))
            socket.listen(1)
        except OSError as error:  # without a network of one's own it may be taken already
            assert space.pid is None, error

    yield take
    for socket in taken:
        socket.close()


def test_the_next_ones_are_taken_instead(demos, take):
    take(8080)
    take(7070)
    demo = demos.start().ready()
    if demos.space.pid is not None:
        assert f"port 8080 is taken by pytest (process {os.getpid()}); the listener takes 8081" in (
            demo.text.replace("python3", "pytest"))
        assert "; the dashboard takes 7071" in demo.text
    assert "Hello" in demo.put() + demo.get()
    url, _ = demo.dashboard
    assert "<html" in demos.says(f"curl -s --compressed {url}")
    demo.press(INTERRUPT)
    demo.ends(0)


def test_one_that_was_asked_for(demos, take):
    port = demos.space.free_port()
    take(port)
    said = demos.start("--port", str(port)).ends(1)
    assert f"port {port} is taken by" in said and "is free: --port " in said

    port = demos.space.free_port()
    demo = demos.start(f"--port={port}").ready()
    assert demo.page == f"http://127.0.0.1:{port}/"
    demo.press(INTERRUPT)
    demo.ends(0)

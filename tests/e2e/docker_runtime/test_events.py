# SPDX-License-Identifier: Apache-2.0
import queue
import subprocess
import threading

import pytest
from engine import Engine
from support.docker_stack import PATIENCE_SECONDS, Stack


class Watching:
    def __init__(self, stack):
        self.lines = queue.Queue()
        self.process = subprocess.Popen(stack.command("watch"), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())
        self.lines.put(None)

    def until(self, wanted):
        seen = []
        while wanted not in seen:
            seen.append(self.lines.get(timeout=PATIENCE_SECONDS))
            assert seen[-1] is not None, seen
        return seen

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(PATIENCE_SECONDS) == 0


FILE = """
services:
  a: {image: slipway.test/base, command: [sh, -c, 'exit 3'],
      healthcheck: {test: ['CMD', 'ls'], interval: 100ms}}
  b: {image: slipway.test/base, command: [sleep, '1000'],
      healthcheck: {test: ['CMD', 'ls'], interval: 100ms}}
"""
EVERYTHING = "- - - connect"


def test_what_instances_do_is_told(stack):
    stack.compose(FILE)
    stack("prepare")
    watching = Watching(stack)
    watching.until(EVERYTHING)
    made = stack.up("a")
    seen = watching.until(f"{stack.name} a {made['id'][:12]} die")
    for what in ("create", "start"):
        assert f"{stack.name} a {made['id'][:12]} {what}" in seen
    other = stack.up("b")
    seen = watching.until(f"{stack.name} b {other['id'][:12]} health")
    stack("remove", other["id"])
    seen += watching.until(f"{stack.name} b {other['id'][:12]} destroy")
    assert not any("exec" in line for line in seen), "what its own healthcheck does is no change"
    watching.end()


@pytest.fixture
def own_engine(engine):
    """One that may be restarted."""
    with Engine() as started:
        started.import_base()
        yield started


def test_an_engine_that_was_away(own_engine, driver, tmp_path):
    stack = Stack(driver, own_engine, tmp_path)
    stack.compose(FILE)
    stack("prepare")
    watching = Watching(stack)
    watching.until(EVERYTHING)
    own_engine.restart()
    watching.until(EVERYTHING)
    made = stack.up("a")
    watching.until(f"{stack.name} a {made['id'][:12]} die")
    watching.end()


def test_no_engine(driver, tmp_path, engine):
    class Absent:
        socket_path = tmp_path / "nothing.sock"

    stack = Stack(driver, Absent(), tmp_path)
    stack.compose(FILE)
    done = stack.run("check")
    assert done.returncode == 1
    assert f"the Docker Engine at {Absent.socket_path}" in done.stderr
    watching = Watching(stack)
    watching.end()

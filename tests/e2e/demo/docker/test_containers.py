# SPDX-License-Identifier: Apache-2.0
"""script/demo --docker on an engine that is there, and on one that it starts."""

import json
import os
import shlex
import signal
from pathlib import Path

from support.demo import INTERRUPT

PROJECT = "slipway-demo"


def draw(demos, demo):
    """One more line in the history, of which all are returned."""
    demos.says(f"curl -sf -X POST {demo.page}api/draw")
    return json.loads(demos.says(f"curl -sf {demo.page}api/history"))["draws"]


def test_on_the_engine_that_is_there(demos, engine):
    demo = demos.start("--docker").ready()
    slipway = shlex.quote(shlex.split(demo.commands[0])[0])
    assert " 204 " in demo.put().splitlines()[0]
    assert json.loads(demo.get())["message"].startswith("Hello, Anna!")
    assert len(draw(demos, demo)) == 1
    assert len(engine.project_containers(PROJECT)) == 9
    query = "psql postgresql://demo:demo@127.0.0.1/demo -Atc 'SELECT username, birthday FROM base.users'"
    answer = demos.says(f"{slipway} exec -T database {query}")
    assert "anna" in answer.lower() and "1990-05-17" in answer
    assert demos.says(f"{slipway} exec -T cache redis-cli dbsize").strip() != "0"
    demo.press(INTERRUPT)
    demo.ends(0)
    assert engine.project_containers(PROJECT) == []
    assert PROJECT not in engine.docker("network", "ls")

    # What was stored is in a volume, and images are there already.
    images = engine.docker("images", "-q")
    demo = demos.start("--docker").ready()
    assert "Hello, Anna" in demo.get()
    assert len(draw(demos, demo)) == 2
    assert set(engine.docker("images", "-q").split()) == set(images.split())
    os.kill(demo.pid, signal.SIGTERM)
    demo.ends(0)
    assert engine.project_containers(PROJECT) == []


def test_on_one_that_it_starts(demos_without_engine):
    demos = demos_without_engine
    demo = demos.start("--docker").ready()
    assert "starting one for the demo" in demo.text
    assert "204" in demo.put()
    facts = json.loads((demos.tree / "build/demo-docker/running.json").read_text())
    host = facts["variables"]["DOCKER_HOST"]
    folder = Path(host.removeprefix("unix://")).parent
    assert folder.is_dir()
    demo.press(INTERRUPT)
    demo.ends(0)
    assert not folder.exists()
    assert str(demos.folder) not in Path("/proc/mounts").read_text()

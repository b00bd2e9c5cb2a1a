# SPDX-License-Identifier: Apache-2.0
"""The engine that tests start is alone in its network, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import engine as engines


def start_web(engine, **environment):
    container = engine.api.json("POST", "/containers/create", {
        "Image": engines.WEB, "Env": [f"{name}={value}" for name, value in environment.items()]})
    engine.api.call("POST", f"/containers/{container['Id']}/start")
    shown = engine.api.json("GET", f"/containers/{container['Id']}/json")
    return container["Id"], shown["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]


def get(engine, url):
    return engine.run(["curl", "-sS", "--retry", "50", "--retry-connrefused", "--retry-delay", "0",
                       "--max-time", "30", url], capture_output=True, text=True).stdout


def test_containers_are_reached_in_its_network(engine):
    container, address = start_web(engine, VERSION=7)
    try:
        assert get(engine, f"http://{address}:8080/version") == "7"
        assert get(engine, f"http://{address}:8080/cgi-bin/health") == "well\n"
    finally:
        engine.api.call("DELETE", f"/containers/{container}", query={"force": 1})


def test_web_containers_fail_as_they_are_told(engine):
    container, _ = start_web(engine, FAIL="start")
    try:
        ended = engine.api.json("POST", f"/containers/{container}/wait")
        assert ended["StatusCode"] == 1
    finally:
        engine.api.call("DELETE", f"/containers/{container}", query={"force": 1})


def test_restart_ends_containers_and_keeps_images(engine):
    container, _ = start_web(engine)
    try:
        engine.restart()
        shown = engine.api.json("GET", f"/containers/{container}/json")
        assert not shown["State"]["Running"]
        assert engine.api.json("GET", f"/images/{engines.WEB}/json")
    finally:
        engine.api.call("DELETE", f"/containers/{container}", query={"force": 1})


HOLDER = """
import sys
sys.path.insert(0, {lib!r})
import engine as engines
engine = engines.Engine().start()
engine.import_base()
container = engine.api.json("POST", "/containers/create",
                            {{"Image": engines.BASE, "Cmd": ["sleep", "1000000"]}})
engine.api.call("POST", f"/containers/{{container['Id']}}/start")
print(engine.name, engine.folder, flush=True)
sys.stdin.read()
"""


def test_killed_run_is_cleared_up_by_the_next(engine):
    """The fixture shows that an engine can run here."""
    lib = str(Path(engines.__file__).parent)
    holder = subprocess.Popen([sys.executable, "-B", "-c", HOLDER.format(lib=lib)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    name, folder = holder.stdout.readline().split()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    assert os.path.exists(folder)
    engines.reap_stale()
    deadline = time.monotonic() + 30
    while os.path.exists(folder) or os.path.exists(f"/run/netns/{name}"):
        assert time.monotonic() < deadline
        engines.reap_stale()
    assert engines._cgroup_folders(name) == []
    # The one that is in use was left alone.
    assert engine.api.call("GET", "/_ping") == b"OK"

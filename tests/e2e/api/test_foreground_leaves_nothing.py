# SPDX-License-Identifier: Apache-2.0
"""A tree in the foreground takes what it started with it: the edge drains, then all is stopped."""

import json
import signal
import subprocess

from support.node import PROGRAM
from support.tree import PATIENCE_SECONDS, Tree, wait_until


def alive(marker):
    found = subprocess.run(["pgrep", "-f", marker], capture_output=True, text=True)
    return found.stdout.split()


def test_foreground_leaves_nothing(slipway):
    tree = Tree(slipway)
    try:
        marker = f"only-in-{tree.folder.name}"
        deep = tree.folder / "app" / "a" / "b" / "c" / "d"
        deep.mkdir(parents=True)
        (deep / "file").write_text("x")
        tree.file.write_text(json.dumps({
            "name": "front",
            "services": {
                "web": {
                    "command": ["python3", "-c", PROGRAM.replace("$", "$$"), marker],
                    "environment": {"VERSION": "1"},
                    "ports": [f"127.0.0.1:{tree.port}:8000"],
                    "deploy": {"replicas": 2},
                    "x-slipway": {"runtime": "process", "artifact": str(tree.folder / "app")},
                },
            },
        }))
        process = tree.launch("up", "-f", str(tree.file))
        wait_until(lambda: "info: ready\n" in tree.log() or process.poll() is not None, "it",
                   tree.log)
        assert tree.get()[0] == 200
        assert len(alive(marker)) >= 2
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0, tree.log()
        wait_until(lambda: alive(marker) == [], "the end of all", lambda: str(alive(marker)))
        assert not list(tree.runtime.glob("state-*"))
    finally:
        tree.close()

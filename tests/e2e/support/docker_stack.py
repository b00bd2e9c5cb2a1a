# SPDX-License-Identifier: Apache-2.0
"""The docker runtime by itself, through tests/lib/docker_driver.c, on a real engine."""

import json
import os
import subprocess
import urllib.parse
import uuid
from pathlib import Path

from engine import EngineFailure
from support.binary import find_binary

PATIENCE_SECONDS = 60


def find_driver():
    named = os.environ.get("RUNTIME_DRIVER")
    return Path(named) if named else find_binary().parent / "tests" / "lib" / "docker-driver"


class Failed(Exception):
    pass


class Stack:
    """A project on the engine; its name is its own."""

    def __init__(self, driver, engine, folder):
        self.driver = driver
        self.engine = engine
        self.folder = folder
        self.name = "p" + uuid.uuid4().hex[:10]
        self.file = folder / "compose.yaml"
        self.revision = 1
        self.said = ""

    def compose(self, text):
        self.file.write_text(text)

    def command(self, *words):
        return [str(self.driver), str(self.engine.socket_path), self.name, str(self.file),
                str(self.revision), *map(str, words)]

    def run(self, *words, **options):
        return subprocess.run(self.command(*words), capture_output=True, text=True,
                              env=self.environment(), timeout=PATIENCE_SECONDS, **options)

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder)}

    def __call__(self, *words, **options):
        done = self.run(*words, **options)
        self.said = done.stderr
        if done.returncode != 0:
            raise Failed(done.stderr)
        return done.stdout

    def instances(self, *words):
        found = []
        for line in self("observe" if not words else words[0], *words[1:]).splitlines():
            found.append(dict(pair.partition("=")[::2] for pair in line.split(" ")))
        return found

    def create(self, service, number=1, *how):
        return self.instances("create", service, number, *how)[0]

    def up(self, service, number=1, *how):
        made = self.create(service, number, *how)
        self("start", made["id"])
        return next(one for one in self.instances() if one["id"] == made["id"])

    def inspect(self, name):
        return self.engine.api.json("GET", f"/containers/{name}/json")

    def exec(self, name, *command, given=""):
        """What it said, and its status."""
        words, _, status = self("exec", name, given, *command).rpartition("exit ")
        return words.removeprefix("output ").strip(), int(status)

    def list(self, kind):
        """Names of what carries the project's label."""
        label = json.dumps({"label": [f"com.docker.compose.project={self.name}"]})
        query = {"filters": label, "all": 1}
        found = self.engine.api.json("GET", f"/{kind}" + ("/json" if kind == "containers" else ""),
                                     query=query)
        if kind == "volumes":
            found = found["Volumes"] or []
        return sorted(one["Names"][0][1:] if "Names" in one else one["Name"] for one in found)

    def has(self, kind, name):
        try:
            self.engine.api.json("GET", f"/{kind}/" + urllib.parse.quote(name, safe=":")
                                 + ("/json" if kind in ("containers", "images") else ""))
            return True
        except EngineFailure as failure:
            assert failure.status == 404, failure
            return False

    def clear(self):
        api = self.engine.api
        for name in self.list("containers"):
            api.call("DELETE", f"/containers/{name}", query={"force": 1, "v": 1})
        for name in self.list("networks"):
            api.call("DELETE", f"/networks/{name}")
        for name in self.list("volumes"):
            api.call("DELETE", f"/volumes/{name}", query={"force": 1})

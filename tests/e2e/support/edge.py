# SPDX-License-Identifier: Apache-2.0
"""A daemon with an edge, and projects for it: each test has a project of its own, with listeners
at addresses of their own. Most share one daemon, as starting one takes longer than they do, and as
changes must not disturb anybody."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

from support.binary import has_address_sanitizer
from support.origin import Origin
from support.ports import reserve_port
from support.project import SANITIZERS, as_yaml
from support.raw import WAIT, Client, request
from support.waiting import until

SIGNS_OF_FAULTS = ("Sanitizer", "runtime error:", "Assertion", "assertion", "stack smashing")


class Daemon:
    def __init__(self, slipway, arguments=(), environment=(), files=()):
        """The files are for a project that it serves from the start, by name."""
        self.slipway = slipway
        self.folder = Path(tempfile.mkdtemp(prefix="edge-"))
        self.runtime = self.folder / "run"
        for name, content in dict(files).items():
            self.write(name, content)
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "SLIPWAY_RUNTIME_DIR": str(self.runtime),
            "SLIPWAY_STATE_DIR": str(self.folder / "state"),
            "SLIPWAY_EDGE_THREADS": "2",
            **dict(environment),
        }
        if has_address_sanitizer():
            self.environment.update(SANITIZERS)
        self.lines = []
        self.condition = threading.Condition()
        self.process = subprocess.Popen(
            [str(slipway), "serve", "--drain-timeout", "2s", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.wait_for_line("info: ready")

    def write(self, name, content):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else as_yaml(content))
        return path

    # What it says

    def read(self):
        for line in self.process.stderr:
            with self.condition:
                self.lines.append(line.rstrip("\n"))
                self.condition.notify_all()
        with self.condition:
            self.lines.append(None)
            self.condition.notify_all()

    @property
    def text(self):
        return "\n".join(line for line in self.lines if line is not None)

    def wait_for_line(self, part, start=0):
        limit = time.monotonic() + WAIT
        with self.condition:
            while True:
                for line in self.lines[start:]:
                    if line is not None and part in line:
                        return line
                left = limit - time.monotonic()
                assert left > 0 and None not in self.lines, f"no line with {part!r}:\n{self.text}"
                self.condition.wait(left)

    def faults(self, start=0):
        """What no process of the tree may ever print."""
        lines = [line for line in self.lines[start:] if line is not None]
        for number, line in enumerate(lines):
            if any(sign in line for sign in SIGNS_OF_FAULTS) or ("was ended by" in line):
                return "\n".join(lines[max(0, number - 5) : number + 60])
        return None

    # What is asked of it

    def run(self, *arguments):
        return subprocess.run(
            [str(self.slipway), *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WAIT * 2,
        )

    def api(self, method, path, body=None):
        """The answer's status and what it holds."""
        data = None if body is None else json.dumps(body).encode()
        with Client(str(self.runtime / "control.sock")) as client:
            client.send(request(path, "localhost", [("Connection", "close")], method, data))
            response = client.response(method)
        is_json = (response.header("content-type") or "").startswith("application/json")
        return response.status, json.loads(response.body) if is_json else response.body.decode()

    def pid_of(self, role):
        """Of the running edge or control."""
        lines = [line for line in self.lines if line and role in line and "is ready" in line]
        return int(lines[-1].split("(process ")[1].split(")")[0])

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Ends it as an operator would; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"it does not end:\n{self.text}") from None
        self.reader.join(WAIT)
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return status


class Edge:
    """A project in a daemon."""

    def __init__(self, daemon, name):
        self.daemon = daemon
        self.name = name
        self.keepers = []
        self.ports = {}
        self.closed_at_end = []
        self.first_line = len(daemon.lines)
        self.folder = daemon.folder / name
        self.folder.mkdir()

    # Configuration

    def port(self, listener="web"):
        if listener not in self.ports:
            self.ports[listener], keeper = reserve_port()
            self.keepers.append(keeper)
        return self.ports[listener]

    def address(self, listener="web"):
        return ("127.0.0.1", self.port(listener))

    def project(self, listeners=None, target_groups=None, name=None, **others):
        """A project as data: listeners get addresses, and origins stand for theirs."""
        listeners = {"web": {}} if listeners is None else listeners
        settings = {
            "listeners": {
                key: {"address": f"127.0.0.1:{self.port(key)}", **value} for key, value in listeners.items()
            },
            "target_groups": target_groups or {},
            **others,
        }
        return {"name": name or self.name, "x-slipway": plain(settings)}

    def try_up(self, listeners=None, target_groups=None, name=None, **others):
        path = self.folder / f"{name or self.name}.yaml"
        project = self.project(listeners, target_groups, name, **others)
        path.write_text(as_yaml(project))
        return self.daemon.run("up", "-f", path)

    def up(self, listeners=None, target_groups=None, name=None, **others):
        result = self.try_up(listeners, target_groups, name, **others)
        assert result.returncode == 0, (result.returncode, result.stdout, result.stderr)
        return result

    def forward(self, *targets, group=(), **listener):
        """The usual project: everything goes to these."""
        return self.up(
            {"web": {"default": {"forward": "app"}, **listener}},
            {"app": {"targets": list(targets), **dict(group)}},
        )

    # Traffic

    def connect(self, listener="web", **options):
        client = Client(self.address(listener), **options)
        self.closed_at_end.append(client)
        return client

    def get(self, target="/", host="a", headers=(), method="GET", body=None, listener="web"):
        """On a connection of its own."""
        with Client(self.address(listener)) as client:
            return client.get(target, host, headers, method, body)

    def origin(self, *arguments, **options):
        origin = Origin(*arguments, **options)
        self.closed_at_end.append(origin)
        return origin

    def named_origins(self, *names):
        """Each answers with its name."""
        return [self.origin(name=name) for name in names]

    # Seeing and steering

    def targets(self, group="app"):
        group = urllib.parse.quote(f"{self.name}/{group}", safe="")
        status, answer = self.daemon.api("GET", f"/v1/targets?group={group}")
        assert status == 200, answer
        return {target["address"]: target for target in answer["targets"]}

    def states(self, group="app"):
        return {address: target["state"] for address, target in self.targets(group).items()}

    def wait_for_state(self, state, *origins, group="app"):
        """Until all of these are in it."""
        wait_until(
            lambda: all(self.states(group).get(origin.address) == state for origin in origins),
            lambda: f"{state}: {self.targets(group)}",
        )

    def steer(self, origin, *action, group="app"):
        result = self.daemon.run("target", *action[:1], f"{self.name}/{group}/{origin.address}", *action[1:])
        assert result.returncode == 0, (result.returncode, result.stdout, result.stderr)
        return result

    def statistics(self, kind, name):
        """The counters of a listener, a group or a target of this project."""
        status, answer = self.daemon.api("GET", "/v1/statistics")
        assert status == 200
        for item in answer[kind]:
            if kind == "listeners" and item["address"] == f"127.0.0.1:{self.port(name)}":
                return item
            if kind == "groups" and (item["project"], item["name"]) == (self.name, name):
                return item
            if kind == "targets" and item["project"] == self.name and item["address"] == name:
                return item
        raise KeyError(name)

    # The end

    def close(self):
        for item in reversed(self.closed_at_end):
            if isinstance(item, Origin):
                item.stop()
            else:
                item.close()
        if self.daemon.process.poll() is None:
            _, answer = self.daemon.api("GET", "/v1/projects")
            for project in answer["projects"]:
                if project["name"].startswith(self.name):
                    self.daemon.api("DELETE", f"/v1/projects/{project['name']}")
        for keeper in self.keepers:
            keeper.close()
        found = self.daemon.faults(self.first_line)
        assert not found, found
        for item in self.closed_at_end:
            assert not isinstance(item, Origin) or not item.faults, item.faults


def plain(value):
    """With addresses in the place of origins."""
    if isinstance(value, Origin):
        return value.address
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def wait_until(condition, what="what was waited for"):
    return until(condition, WAIT, what if callable(what) else lambda: what)

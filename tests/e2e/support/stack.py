# SPDX-License-Identifier: Apache-2.0
"""A daemon, a project of services that are the benchmark's workload, and what is asked of both."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

from support.load import Load, Sockets
from support.project import SANITIZERS, as_yaml
from support.waiting import until

PATIENCE_SECONDS = 30
SIGNS_OF_FAULTS = ("Sanitizer", "runtime error:", "Assertion", "assertion", "stack smashing")


def wait_until(condition, what, explain=lambda: "", seconds=PATIENCE_SECONDS):
    """Asks until the answer is true, and returns it."""
    return until(condition, seconds, lambda: f"{what} did not come true\n{explain()}")


class Command:
    """One of slipway that was started; its output is read as it comes."""

    def __init__(self, stack, words):
        self.stack = stack
        self.words = words
        self.lines = []
        self.process = subprocess.Popen(
            [*stack.space.prefix, str(stack.slipway), *words],
            cwd=stack.folder,
            env=stack.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def text(self):
        return "".join(self.lines)

    def is_running(self):
        return self.process.poll() is None

    def said(self, pattern):
        wait_until(
            lambda: re.search(pattern, self.text) or not self.is_running() and self.ended(),
            f"{pattern!r} of {self.words}",
            lambda: self.text,
        )
        assert re.search(pattern, self.text), f"{self.words} did not say {pattern!r}\n{self.text}"

    def ended(self):
        self.reader.join(PATIENCE_SECONDS)
        return True

    def ends(self, status=0, seconds=60):
        try:
            found = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"{self.words}: still running\n{self.text}") from None
        self.ended()
        self.process.stdout.close()
        for sign in SIGNS_OF_FAULTS:
            assert sign not in self.text, self.text
        assert found == status, (
            f"{self.words}: status {found}\n{self.text}\nThe daemon:\n{self.stack.log()[-4000:]}"
        )
        return self.text


class Stack:
    runtime = "process"

    def __init__(self, slipway, tools, space, name="shop", environment=()):
        self.slipway = Path(slipway)
        self.tools = tools
        self.space = space
        self.name = name
        self.folder = Path(tempfile.mkdtemp(prefix="stack-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.run_folder = self.folder / "run"
        self.state_folder = self.folder / "state"
        self.file = self.folder / "compose.yaml"
        self.log_path = self.folder / "log"
        self.log_path.touch()
        self.port = space.free_port()
        self.daemon = None
        self.commands = []
        self.pids_seen = set()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "SLIPWAY_RUNTIME_DIR": str(self.run_folder),
            "SLIPWAY_STATE_DIR": str(self.state_folder),
            "SLIPWAY_EDGE_THREADS": "2",
            **SANITIZERS,
            **dict(environment),
        }
        if "TSAN_OPTIONS" in os.environ:
            self.environment["TSAN_OPTIONS"] = os.environ["TSAN_OPTIONS"]

    # The project

    def service(self, answer="v1", replicas=1, environment=None, **more):
        """The workload, which answers that."""
        return {
            "command": [str(self.tools.app)],
            "environment": {"STACK": str(self.folder), "ANSWER": answer, **(environment or {})},
            "expose": ["8000"],
            "deploy": {"replicas": replicas},
            "stop_grace_period": "5s",
            "x-slipway": {"runtime": "process"},
            **more,
        }

    def project(self, services=None, deploy=None, front="web", **groups):
        """With a listener in front of `front`; each service has a group that is checked."""
        services = services if services is not None else {"web": self.service()}
        group = {
            "port": 8000,
            "drain": "5s",
            "health": {"path": "/health", "interval": "1s", "timeout": "1s"},
        }
        extension = {
            "listeners": {
                "web": {
                    "address": f"127.0.0.1:{self.port}",
                    "protocol": "http",
                    "default": {"forward": front},
                }
            },
            "target_groups": {
                name: {"service": name, **group, **groups.get(name, {})}
                for name, service in services.items()
                if "expose" in service
            },
            **({"deploy": deploy} if deploy else {}),
        }
        return {"name": self.name, "services": services, "x-slipway": extension}

    def write(self, project, name=None):
        path = self.folder / name if name else self.file
        path.write_text(as_yaml(project))
        return path

    def web(self, answer="v1", replicas=2, environment=None, deploy=None, group=None, **more):
        """Writes a project of one service."""
        service = self.service(answer, replicas, environment, **more)
        return self.write(self.project({"web": service}, deploy, web=group or {}))

    # The daemon

    def serve(self):
        before = self.log().count("info: ready\n")
        with open(self.log_path, "ab") as log:
            self.daemon = subprocess.Popen(
                [*self.space.prefix, str(self.slipway), "serve", "--drain-timeout", "2s"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(
            lambda: self.log().count("info: ready\n") > before or self.daemon.poll() is not None,
            "the daemon",
            self.log,
        )
        assert self.daemon.poll() is None, self.log()
        return self.daemon

    def end_daemon(self):
        self.daemon.send_signal(signal.SIGTERM)
        assert self.daemon.wait(PATIENCE_SECONDS) == 0, self.log()
        self.daemon = None

    def log(self):
        return self.log_path.read_text(errors="replace")

    def ready(self, name):
        """Ids of all processes of that name that became ready, in order."""
        return [int(pid) for pid in re.findall(rf"info: {name} \(process (\d+)\) is ready", self.log())]

    @property
    def control(self):
        return self.ready("control")[-1]

    def kill_control(self):
        """And waits for the next one."""
        before = self.ready("control")
        os.kill(before[-1], signal.SIGKILL)
        wait_until(lambda: len(self.ready("control")) > len(before), "another control", self.log)

    # Commands

    def start(self, *words, project=None):
        before = ["-f", str(self.file)] if project is None else ["-p", project]
        command = Command(self, [*before, *map(str, words)])
        self.commands.append(command)
        return command

    def passes(self, *words, **options):
        return self.start(*words, **options).ends(0)

    def fails(self, *words, status=1, **options):
        return self.start(*words, **options).ends(status)

    def up(self, *words):
        return self.passes("up", "-d", *words)

    def json(self, *words):
        command = subprocess.run(
            [*self.space.prefix, str(self.slipway), "-f", str(self.file), "--json", *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert command.returncode == 0, command.stderr + command.stdout
        text = command.stdout
        try:
            return json.loads(text)
        except ValueError:
            return [json.loads(line) for line in text.splitlines()]

    # Control's own interface, for what has to be known exactly

    def api(self, path, method="GET", body=None):
        done = subprocess.run(
            [
                *("curl", "-sS", "--max-time", "30", "-X", method),
                *("--unix-socket", str(self.run_folder / "control.sock")),
                *([] if body is None else ["-d", json.dumps(body)]),
                "http://slipway" + path,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + self.log()
        return json.loads(done.stdout)

    def instances(self, service=None, everything=False):
        path = f"/v1/projects/{self.name}/instances" + ("?all=1" if everything else "")
        found = self.api(path).get("instances", [])
        return [one for one in found if service in (None, one["service"])]

    def running(self, service=None):
        return [one for one in self.instances(service) if one["state"] == "running"]

    def ids(self, service=None):
        return sorted(one["id"] for one in self.running(service))

    def requests(self):
        """That targets were given so far."""
        return sum(target["requests"] for target in self.api("/v1/targets")["targets"])

    def serving(self):
        """The revision that does."""
        return next(
            (
                one["number"]
                for one in self.api(f"/v1/projects/{self.name}/revisions")["revisions"]
                if one.get("serving")
            ),
            0,
        )

    # Requests

    def keep_connection(self, port=None, host="127.0.0.1", timeout=10):
        connection = http.client.HTTPConnection(host, port or self.port, timeout=timeout)
        connection.sock = self.space.connect((host, port or self.port), timeout)
        return connection

    def ask(self, path="/", **options):
        connection = self.keep_connection(**options)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def answers(self, count=12, **options):
        """Different ones that come, of so many requests."""
        return {self.ask(**options) for _ in range(count)}

    def serves(self, answer, **options):
        found = self.answers(**options)
        assert found == {(200, answer)}, f"{found}\n{self.log()}"

    def is_refused(self, port=None):
        try:
            self.space.connect(("127.0.0.1", port or self.port), PATIENCE_SECONDS).close()
            return False
        except ConnectionRefusedError:
            return True

    def load(self, **options):
        return Load(self.tools, self.space, self.port, **options)

    def sockets(self, **options):
        return Sockets(self.tools, self.space, self.port, **options)

    # Native processes

    def programs(self):
        """Process ids of the workload that belong to this stack; the program may be a copy."""
        size = os.stat(self.tools.app).st_size
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if os.stat(entry / "exe").st_size != size:
                    continue
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"STACK={self.folder}".encode() in environment:
                found.append(int(entry.name))
        return sorted(found)

    # The end

    def leftovers(self):
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                link = os.readlink(entry / "cwd")
            except OSError:
                continue
            if str(self.folder).encode() in words or link.startswith(str(self.folder)):
                found.append(int(entry.name))
        return found

    def close(self):
        for command in self.commands:
            if command.is_running():
                command.process.kill()
                command.process.wait()
        if self.daemon is not None and self.daemon.poll() is None:
            try:
                subprocess.run(
                    [*self.space.prefix, str(self.slipway), "-f", str(self.file), "down", "-v"],
                    cwd=self.folder,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=20,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                pass
            self.daemon.send_signal(signal.SIGTERM)
            try:
                self.daemon.wait(10)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                self.daemon.wait()
        for _ in range(3):  # a shim may be starting its program again
            for pid in self.leftovers():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        log = self.log()
        shutil.rmtree(self.folder, ignore_errors=True)
        for sign in SIGNS_OF_FAULTS:
            assert sign not in log, log


class EngineStack(Stack):
    """The same with containers; everything happens in the network of the engine."""

    runtime = "docker"

    def __init__(self, slipway, tools, engine, name="shop", environment=()):
        self.engine = engine
        super().__init__(
            slipway, tools, engine.space, name, {"DOCKER_HOST": engine.address, **dict(environment)}
        )

    def service(self, answer="v1", replicas=1, environment=None, **more):
        return {
            "image": f"app:{answer}",
            "environment": {"STACK": str(self.folder), **(environment or {})},
            "expose": ["8000"],
            "deploy": {"replicas": replicas},
            "stop_grace_period": "5s",
            **more,
        }

    def containers(self):
        """Names of those of the project that run."""
        return sorted(
            self.engine.containers(f"label=com.docker.compose.project={self.name}", "status=running")
        )

    def close(self):
        try:
            super().close()
        finally:
            for kind, remove in (
                ("ps -aq", "rm -f -v"),
                ("network ls -q", "network rm"),
                ("volume ls -q", "volume rm -f"),
            ):
                label = f"label=com.docker.compose.project={self.name}"
                found = self.engine.try_docker(*kind.split(), "--filter", label).stdout.split()
                if found:
                    self.engine.try_docker(*remove.split(), *found)

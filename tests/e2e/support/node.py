# SPDX-License-Identifier: Apache-2.0
"""A daemon of its own with an API that is talked to directly, and native services in it."""

import http.client
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
from pathlib import Path

from support.ports import free_port
from support.project import SANITIZERS
from support.raw import PAUSE_SECONDS
from support.tree import PATIENCE_SECONDS, wait_until

PROGRAM = '''
import http.server, os, signal, socket, sys, threading

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/slow":
            with socket.create_connection(("127.0.0.1", int(os.environ["GATE"]))) as gate:
                gate.recv(1)
        body = (os.environ.get("VERSION", "?") + " " + str(os.getpid())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

print("version", os.environ.get("VERSION", "?"), "begins", flush=True)
if "BROKEN" in os.environ:
    sys.exit("it does not work")
server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever(0.05)
'''


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("control")
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE_SECONDS)
        self.sock.connect(self.path)


class Conversation:
    """A connection of frames: what exec and attach become. The first ones may have come along with
    the answer that says so, and lie in its buffer."""

    INPUT, OUTPUT, ERRORS, EXIT, SIZE, FAILED = range(6)

    def __init__(self, connection, response):
        self.socket = connection.sock
        self.response = response  # which closes its file when it goes
        self.file = response.fp

    def send(self, kind, data=b""):
        self.socket.sendall(struct.pack(">B3xI", kind, len(data)) + data)

    def exactly(self, size):
        data = self.file.read(size)
        return data if len(data) == size else None

    def frames(self):
        while True:
            head = self.exactly(8)
            if head is None:
                return
            kind, size = struct.unpack(">B3xI", head)
            yield kind, self.exactly(size) if size else b""


class Node:
    def __init__(self, slipway):
        self.slipway = slipway
        self.folder = Path(tempfile.mkdtemp(prefix="slipway-", dir="/tmp"))
        self.runtime = self.folder / "run"
        self.state = self.folder / "state"
        self.log_path = self.folder / "log"
        self.log_path.touch()
        self.port = free_port()
        self.gate = socket.create_server(("127.0.0.1", 0))  # what a request to /slow waits for
        self.environment = {
            "PATH": os.environ["PATH"],
            "SLIPWAY_RUNTIME_DIR": str(self.runtime),
            "SLIPWAY_STATE_DIR": str(self.state),
            "SLIPWAY_EDGE_THREADS": "1",
            **SANITIZERS,
        }
        self.process = None
        self.start()

    def start(self):
        before = self.log().count("info: ready\n")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([str(self.slipway), "serve"], cwd=self.folder,
                                            env=self.environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        wait_until(lambda: self.log().count("info: ready\n") > before
                   or self.process.poll() is not None, "the daemon", self.log)
        assert self.process.poll() is None, self.log()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def control(self):
        lines = [line for line in self.log().splitlines() if "info: control (process " in line]
        return int(lines[-1].split("(process ")[1].split(")")[0])

    def kill_control(self):
        before = self.log().count("info: control (process ")
        os.kill(self.control(), signal.SIGKILL)
        wait_until(lambda: self.log().count("info: control (process ") > before, "another control",
                   self.log)

    # The API

    def request(self, method, target, body=None, headers=None):
        connection = Connection(self.runtime / "control.sock")
        text = json.dumps(body) if body is not None else None
        connection.request(method, target, text, headers or {})
        return connection, connection.getresponse()

    def call(self, method, target, body=None, status=200):
        connection, response = self.request(method, target, body)
        text = response.read()
        connection.close()
        assert response.status == status, (response.status, text, self.log())
        return json.loads(text)

    def stream(self, method, target, body=None):
        connection, response = self.request(method, target, body)
        assert response.status == 200, (response.status, response.read())
        try:
            for line in response:
                yield json.loads(line)
        finally:
            connection.close()

    def call_lines(self, target):
        return list(self.stream("GET", target))

    def converse(self, target, body, before_reading=lambda: None):
        connection = Connection(self.runtime / "control.sock")
        connection.request("POST", target, json.dumps(body),
                           {"Connection": "Upgrade", "Upgrade": "slipway-stream"})
        before_reading()
        response = connection.getresponse()
        assert response.status == 101, (response.status, response.read())
        return Conversation(connection, response)

    # Projects

    def spec(self, version="1", replicas=2, **service):
        environment = {"VERSION": version, "GATE": str(self.gate.getsockname()[1]),
                       **service.pop("environment", {})}
        return {
            "name": "shop",
            "services": {
                "web": {
                    "command": ["python3", "-c", PROGRAM],
                    "environment": environment,
                    "ports": [{"target": 8000, "published": str(self.port), "host_ip": "127.0.0.1",
                               "app_protocol": "http"}],
                    "deploy": {"replicas": replicas},
                    "x-slipway": {"runtime": "process"},
                    **service,
                },
            },
            "x-slipway": {
                "target_groups": {
                    "web": {
                        "service": "web",
                        "port": 8000,
                        "drain": "30s",
                        "health": {"protocol": "http", "path": "/healthz", "interval": "1s",
                                   "healthy": 1, "unhealthy": 2},
                    },
                },
            },
        }

    def begin(self, kind="up", status=202, project="shop", **body):
        return self.call("POST", f"/v1/projects/{project}/deploys", {"kind": kind, **body}, status)

    def events(self, deploy):
        return list(self.stream("GET", f"/v1/events?deploy={deploy}&follow=1"))

    def result(self, deploy):
        """What came of it, with everything that was told before."""
        events = self.events(deploy)
        assert events and events[-1]["type"] == "result", (events, self.log())
        return events[-1], events

    def deploy(self, kind="up", state="done", **body):
        result, _ = self.result(self.begin(kind, **body)["deploy"])
        assert result["state"] == state, (result, self.log())
        return result

    def instances(self, everything=True):
        return self.call("GET", "/v1/projects/shop/instances" + ("?all=1" if everything else ""))[
            "instances"]

    def get(self, path="/"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, body.split(" ")[0]

    def open_gate(self):
        """Has the requests to /slow that came answered."""
        connection, _ = self.gate.accept()
        connection.sendall(b"!")
        connection.close()

    # The end

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)

    def close(self):
        try:
            for project in self.call("GET", "/v1/projects")["projects"]:
                if "revision" in project:
                    self.call("DELETE", f"/v1/projects/{project['name']}")
        except (OSError, AssertionError, http.client.HTTPException):
            pass
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.gate.close()
        left = self.left_behind()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        log = self.log()
        shutil.rmtree(self.folder, ignore_errors=True)
        for word in ("ERROR: AddressSanitizer", "runtime error:", "WARNING: ThreadSanitizer"):
            assert word not in log, log

    def left_behind(self):
        """Processes that have something of the folder open, or stand in it."""
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            places = [f"/proc/{name}/cwd"]
            try:
                places += [f"/proc/{name}/fd/{fd}" for fd in os.listdir(f"/proc/{name}/fd")]
                if any(os.readlink(place).startswith(str(self.folder) + "/") for place in places):
                    found.append(int(name))
            except OSError:
                pass
        return found


class Load:
    """Requests without a pause, each on a connection of its own."""

    def __init__(self, node):
        self.node = node
        self.done = 0
        self.versions = []
        self.failures = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.stopping.wait(PAUSE_SECONDS):
            try:
                status, version = self.node.get()
                if status != 200:
                    self.failures.append(status)
                if not self.versions or self.versions[-1] != version:
                    self.versions.append(version)
                self.done += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(error)

    def __enter__(self):
        self.thread.start()
        self.goes_on()
        return self

    def __exit__(self, *exception):
        self.stopping.set()
        self.thread.join(PATIENCE_SECONDS)

    def goes_on(self, count=30):
        goal = self.done + count
        wait_until(lambda: self.done >= goal, "progress under load", lambda: str(self.failures[-5:]))

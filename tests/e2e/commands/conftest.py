# SPDX-License-Identifier: Apache-2.0
"""A node of its own for each test: the daemon's folders are never those of the machine."""

import fcntl
import http.server
import os
import pty
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
from pathlib import Path

import pytest
from played_daemon import PlayedDaemon

from support.ports import free_port

WAIT = 20  # seconds, for what takes milliseconds


class Origin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments):
        pass


class Node:
    def __init__(self, slipway, origin_port):
        self.slipway = slipway
        self.folder = Path(tempfile.mkdtemp(prefix="slipway-"))
        self.port = free_port()
        self.origin_port = origin_port
        self.processes = []
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "SLIPWAY_RUNTIME_DIR": str(self.folder / "run"),
            "SLIPWAY_STATE_DIR": str(self.folder / "state"),
            "SLIPWAY_EDGE_THREADS": "1",
        }

    def write(self, name="lb.yaml", address=None, groups=None):
        address = address or f"127.0.0.1:{self.port}"
        groups = groups or f"web: {{targets: ['127.0.0.1:{self.origin_port}'], health: {{interval: 1s}}}}"
        (self.folder / name).write_text(
            "name: shop\n"
            "x-slipway:\n"
            f"  target_groups: {{{groups}}}\n"
            f"  listeners: {{front: {{address: '{address}', default: {{forward: web}}}}}}\n"
        )

    def run(self, *arguments):
        return subprocess.run(
            [self.slipway, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WAIT,
        )

    def start(self, *arguments):
        """A process that stays; returns when it serves."""
        process = subprocess.Popen(
            [self.slipway, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        process.lines = []
        for line in process.stderr:
            process.lines.append(line)
            if line == "info: ready\n":
                return process
        raise AssertionError("".join(process.lines))

    def end(self, process, signal_number=signal.SIGTERM):
        process.send_signal(signal_number)
        process.lines += process.stderr.read().splitlines(keepends=True)
        return process.wait(WAIT)

    def get(self, port=None):
        """The answer's first line; empty where nobody listens."""
        try:
            with socket.create_connection(("127.0.0.1", port or self.port), WAIT) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                return client.makefile("rb").readline().decode().strip()
        except (ConnectionRefusedError, ConnectionResetError):  # closed, or just being closed
            return ""

    def members(self):
        """The processes that run in this node's folders, whoever their parent is."""
        mark = f"SLIPWAY_RUNTIME_DIR={self.folder}/run".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                pass  # gone, or not ours
        return found

    def close(self):
        """Ends the tree in order. A supervisor that is killed would be replaced, as it should."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.stderr.read()
                process.wait(WAIT)
            process.stderr.close()
        if (self.folder / "run" / "control.sock").exists():
            self.run("shutdown")
        left = [pid for pid in self.members() if not has_ended(pid)]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert left == [], "processes were left behind"


def has_ended(pid):
    """Waits for it."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return select.select([descriptor], [], [], WAIT)[0] != []
    finally:
        os.close(descriptor)


@pytest.fixture
def origin():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def node(slipway, origin):
    node = Node(slipway, origin)
    node.write()
    yield node
    node.close()


class Shell:
    """The command line in front of a daemon that is played, with a project of two services."""

    def __init__(self, slipway, folder):
        self.slipway = slipway
        self.folder = folder / "shop"
        self.folder.mkdir()
        self.daemon = PlayedDaemon(folder / "run")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "SLIPWAY_RUNTIME_DIR": str(folder / "run"),
            "SLIPWAY_STATE_DIR": str(folder / "state"),
        }
        self.compose("services: {api: {image: api}, db: {image: postgres}}\n")

    def compose(self, text):
        (self.folder / "compose.yaml").write_text("name: shop\n" + text)

    def run(self, *arguments, input=None, **options):
        return subprocess.run(
            [self.slipway, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            timeout=WAIT,
            **options,
        )

    def start(self, *arguments, **options):
        return subprocess.Popen(
            [self.slipway, *arguments], cwd=self.folder, env=self.environment, **options
        )

    def instances(self, *instances):
        self.daemon.answer("GET /v1/instances", {"instances": list(instances)})

    def deploy(self):
        """What was sent for the last one."""
        return self.daemon.asked("POST /v1/projects/shop/deploys")[-1].json


@pytest.fixture
def shell(slipway, tmp_path):
    shell = Shell(slipway, tmp_path)
    yield shell
    shell.daemon.close()


class Window:
    """A terminal of a size, of which the rows can be read."""

    def __init__(self, rows=24, columns=80):
        self.leader, self.follower = pty.openpty()
        self.resize(rows, columns)
        self.text = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def settings(self):
        return termios.tcgetattr(self.follower)

    def type(self, keys):
        os.write(self.leader, keys)

    def read_until(self, part):
        while part not in self.text:
            ready, _, _ = select.select([self.leader], [], [], WAIT)
            assert ready, self.text
            self.text += os.read(self.leader, 65536)

    def close(self):
        os.close(self.leader)
        os.close(self.follower)


@pytest.fixture
def window():
    window = Window()
    yield window
    window.close()

# SPDX-License-Identifier: Apache-2.0
"""Streams of what is told about a daemon's services."""

import json
import queue
import re
import socket
import subprocess
import sys
import threading
import time

from support.stack import PATIENCE_SECONDS, Stack

# Answers with the status that a file of its own says, so that a test can make it fail.
PROGRAM = """#!{python}
import http.server, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        try:
            text = open("{folder}/status").read()
            who, status = text.split()
        except (OSError, ValueError):
            who, status = "-", "200"
        mine = who in (os.environ["SLIPWAY_INSTANCE"], "all")
        body = b"hello"
        self.send_response(int(status) if mine else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


class Stream:
    """A client of /v1/live that reads all the time: events are (name, id, data)."""

    def __init__(self, stack, query="", fields=()):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.connect(str(stack.run_folder / "control.sock"))
        head = "".join(f"{line}\r\n" for line in (f"GET /v1/live{query} HTTP/1.0", "Host: x", *fields))
        self.socket.sendall(f"{head}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.fields = {}
        for line in iter(self.file.readline, b"\r\n"):
            name, _, value = line.decode().partition(":")
            self.fields[name.lower()] = value.strip()
        self.seen = []
        self.comments = 0
        self.queue = queue.Queue()
        self.has_ended = threading.Event()
        self.thread = threading.Thread(target=self.read, daemon=True)
        if self.status == 200:
            self.thread.start()

    def read(self):
        try:
            name, number, data = None, None, []
            for line in self.file:
                assert line.endswith(b"\n"), line
                line = line.decode()[:-1]
                if line == "":
                    if data:
                        self.queue.put((name, number, json.loads("\n".join(data))))
                    name, number, data = None, None, []
                elif line.startswith(":"):
                    self.comments += 1
                else:
                    key, _, value = line.partition(": ")
                    if key == "event":
                        name = value
                    elif key == "id":
                        number = int(value)
                    elif key == "data":
                        data.append(value)
        except (OSError, ValueError):
            pass
        self.queue.put(None)
        self.has_ended.set()

    def next(self, seconds=PATIENCE_SECONDS):
        """None at the end."""
        event = self.queue.get(timeout=seconds)
        if event is not None:
            self.seen.append(event)
        return event

    def until(self, condition, what="it", seconds=PATIENCE_SECONDS):
        """Reads on up to the first event for which this holds: condition(name, data)."""
        end = time.monotonic() + seconds
        while True:
            try:
                event = self.next(max(0.1, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{what} did not come: {[e[:2] for e in self.seen[-20:]]}") from None
            assert event is not None, f"the stream ended before {what}"
            if condition(event[0], event[2]):
                return event

    def named(self, name, condition=lambda data: True, seconds=PATIENCE_SECONDS):
        return self.until(lambda n, d: n == name and condition(d), f"{name} as wanted", seconds)[2]

    def beginning(self):
        """The first of each kind that tells the whole."""
        found = {}
        while "edge" not in found:
            name, _, data = self.until(lambda n, d: True)
            found.setdefault(name, data)
        return found

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class Live(Stack):
    streams = ()

    @property
    def program(self):
        return self.folder / "serve"

    def write_program(self):
        self.program.write_text(PROGRAM.format(python=sys.executable, folder=self.folder))
        self.program.chmod(0o755)

    def answer(self, who, status):
        """Which of the instances (by id, or "all") answer so from now on."""
        new = self.folder / "status.new"
        new.write_text(f"{who} {status}")
        new.rename(self.folder / "status")

    def native(self, replicas=1, **more):
        return {
            "command": [str(self.program)],
            "expose": ["8000"],
            "deploy": {"replicas": replicas},
            "stop_grace_period": "2s",
            "x-slipway": {"runtime": "process"},
            **more,
        }

    def write_web(self, replicas=2, **more):
        self.write_program()
        project = self.project({"web": self.native(replicas, **more)})
        project["x-slipway"]["target_groups"]["web"]["health"]["path"] = "/"
        return self.write(project)

    def live(self, query="", fields=()):
        stream = Stream(self, query, fields)
        self.streams = (*self.streams, stream)
        return stream

    def events(self):
        """All that is kept, as GET /v1/events tells it."""
        return [json.loads(line) for line in self.raw("/v1/events?after=0").splitlines()]

    def raw(self, path):
        command = ["curl", "-sS", "--max-time", "30", "--unix-socket"]
        return subprocess.run(
            [*command, str(self.run_folder / "control.sock"), "http://slipway" + path],
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def control_pss_kib(self):
        with open(f"/proc/{self.control}/smaps_rollup") as file:
            return int(re.search(r"^Pss: +(\d+) kB", file.read(), re.M)[1])

    def close(self):
        for stream in self.streams:
            stream.close()
        super().close()

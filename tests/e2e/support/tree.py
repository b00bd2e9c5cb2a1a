# SPDX-License-Identifier: Apache-2.0
"""A daemon with its processes, in folders of its own, an origin behind it, and load on it."""

import http.client
import http.server
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from support.ports import free_port
from support.project import SANITIZERS
from support.raw import PAUSE_SECONDS
from support.waiting import until

PATIENCE_SECONDS = 20


def wait_until(condition, what, explain=lambda: ""):
    """Asks until the answer is true, and returns it."""
    return until(condition, PATIENCE_SECONDS, lambda: f"{what} did not come true\n{explain()}")


class Origin:
    """Answers "ok"; to /slow, when release() was called."""

    def __init__(self):
        self.slow = threading.Event()
        self.slow_started = threading.Semaphore(0)
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path == "/slow":
                    origin.slow_started.release()
                    origin.slow.wait(PATIENCE_SECONDS)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def release(self):
        self.slow.set()

    def close(self):
        self.slow.set()
        self.server.shutdown()
        self.server.server_close()


class Request(threading.Thread):
    """One request to /slow, on a thread of its own."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.outcome = None
        self.start()

    def run(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
            connection.request("GET", "/slow")
            response = connection.getresponse()
            self.outcome = (response.status, response.read())
            connection.close()
        except (OSError, http.client.HTTPException) as error:
            self.outcome = error

    def result(self):
        self.join(PATIENCE_SECONDS)
        return self.outcome


class Load:
    """Requests one after another, each on a connection of its own and on ones that are kept."""

    def __init__(self, port, threads=3):
        self.port = port
        self.done = 0
        self.failures = []
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self.run, args=(number % 2 == 1,), daemon=True)
            for number in range(threads)
        ]

    def once(self, connection):
        connection.request("GET", "/")
        response = connection.getresponse()
        body = response.read()
        if response.status != 200 or body != b"ok":
            raise http.client.HTTPException(f"status {response.status}")
        return response.will_close

    def run(self, keeps):
        connection = None
        while not self.stopping.wait(PAUSE_SECONDS):
            try:
                is_fresh = connection is None or connection.sock is None
                if is_fresh:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                try:
                    closes = self.once(connection)
                except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                    # A kept connection may be closed between two requests: as any client, once more.
                    connection.close()
                    if is_fresh:
                        raise
                    connection = None
                    continue
                self.done += 1
                if closes or not keeps:
                    connection.close()
                    connection = None
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(error)
                connection = None

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.goes_on()
        return self

    def __exit__(self, *exception):
        self.stopping.set()
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS)

    def goes_on(self, count=50):
        """Waits until so many more are answered."""
        goal = self.done + count
        wait_until(
            lambda: self.done >= goal, "progress under load", lambda: str(self.failures[-5:])
        )


class Tree:
    def __init__(self, slipway):
        self.slipway = slipway
        self.folder = Path(tempfile.mkdtemp(prefix="slipway-", dir="/tmp"))
        self.runtime = self.folder / "run"
        self.state = self.folder / "state"
        self.log_path = self.folder / "log"
        self.log_path.touch()
        self.file = self.folder / "lb.yaml"
        self.port = free_port()
        self.origin = Origin()
        self.environment = {
            "PATH": os.environ["PATH"],
            "SLIPWAY_RUNTIME_DIR": str(self.runtime),
            "SLIPWAY_STATE_DIR": str(self.state),
            "SLIPWAY_EDGE_THREADS": "2",
            **SANITIZERS,
        }
        if "TSAN_OPTIONS" in os.environ:
            self.environment["TSAN_OPTIONS"] = os.environ["TSAN_OPTIONS"]
        self.started = []
        self.write()

    def write(self, default=None, extra=""):
        default = default or "{forward: app}"
        self.file.write_text(
            f"name: lb\n"
            f"x-slipway:\n"
            f"  listeners:\n"
            f"    web:\n"
            f'      address: "127.0.0.1:{self.port}"\n'
            f"      protocol: http\n"
            f"      default: {default}\n"
            f"  target_groups:\n"
            f'    app: {{targets: ["127.0.0.1:{self.origin.port}"]}}\n' + extra
        )

    def launch(self, *arguments, **options):
        environment = {**self.environment, **options.pop("environment", {})}
        log = open(self.log_path, "ab")
        process = subprocess.Popen(
            [str(self.slipway), *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **options,
        )
        log.close()
        self.started.append(process)
        return process

    def serve(self, *arguments, **options):
        """Starts the daemon, and returns once it serves."""
        before = self.log().count("info: ready\n")
        process = self.launch("serve", "-f", str(self.file), *arguments, **options)
        wait_until(
            lambda: self.log().count("info: ready\n") > before or process.poll() is not None,
            "the daemon",
            self.log,
        )
        assert process.poll() is None, self.log()
        return process

    def run(self, *arguments):
        return subprocess.run(
            [str(self.slipway), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    def log(self):
        return self.log_path.read_text(errors="replace")

    def said(self, text):
        wait_until(lambda: text in self.log(), f"{text!r}", self.log)

    def pids(self, name):
        """Of all that became ready, in order."""
        return [int(pid) for pid in re.findall(rf"info: {name} \(process (\d+)\) is ready", self.log())]

    @property
    def edge(self):
        return self.pids("the edge")[-1]

    @property
    def control(self):
        return self.pids("control")[-1]

    @property
    def supervisor(self):
        text = (self.runtime / "supervisor.pid").read_text().strip()
        return int(text) if text else 0

    def next(self, name, kill):
        """Has the process of that name ended by kill(), and waits for the one after it."""
        before = len(self.pids(name))
        kill()
        wait_until(lambda: len(self.pids(name)) > before, f"another {name}", self.log)

    def get(self, path="/"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, body

    def is_refused(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS):
                return False
        except ConnectionRefusedError:
            return True

    def ends(self, process, status=0):
        assert process.wait(PATIENCE_SECONDS) == status, self.log()

    def ours(self):
        """Processes of this tree that are alive, whoever started them."""
        found = []
        for pid in {*self.pids("the edge"), *self.pids("control"), self.supervisor_or_none()}:
            try:
                if pid and b"slipway" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
            except OSError:
                pass
        return found

    def supervisor_or_none(self):
        try:
            return self.supervisor
        except (OSError, ValueError):
            return None

    def close(self):
        self.origin.close()
        for _ in range(2):
            pid = self.supervisor_or_none()
            if pid in self.ours():
                os.kill(pid, signal.SIGTERM)
                time.sleep(0.05)
        end = time.monotonic() + 3
        while self.ours() and time.monotonic() < end:
            for process in self.started:
                process.poll()
            time.sleep(0.01)
        for pid in self.ours():
            os.kill(pid, signal.SIGKILL)
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        log = self.log()
        shutil.rmtree(self.folder, ignore_errors=True)
        for word in ("ERROR: AddressSanitizer", "runtime error:", "WARNING: ThreadSanitizer"):
            assert word not in log, log

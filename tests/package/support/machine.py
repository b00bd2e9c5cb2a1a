# SPDX-License-Identifier: Apache-2.0
"""A machine with systemd as its first process: a container. The package is installed into it and a
native project runs there."""

import contextlib
import json
import os
import secrets
import subprocess
import threading
import time

from support.debian import IMAGE

PATIENCE_S = 60
AGAIN_S = 0.1
UNIT = "slipway.service"

# Only what a bare Python has.
SERVICE = '''
import http.server, os, signal, sys, threading

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

server = Server(("127.0.0.1", int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever(0.05)
'''

PROJECT = '''
name: shop
services:
  web:
    command: [/usr/bin/python3, /srv/shop/service.py]
    ports: [{target: 8000, published: "8080", app_protocol: http}]
    deploy: {replicas: 2}
    x-slipway: {runtime: process}
x-slipway:
  target_groups:
    web:
      service: web
      port: 8000
      health: {protocol: http, path: /, interval: 1s, healthy: 1, unhealthy: 2}
'''

# Requests one after another, on new connections and on ones that are kept, until its input ends. A
# kept connection that is closed between two requests is opened again, as any client does.
LOAD = '''
import http.client, json, sys, threading

stopping = threading.Event()
lock = threading.Lock()
done, failures = 0, []

def run(keeps):
    global done
    connection, is_fresh = None, True
    while not stopping.wait(0.001):  # what is tested needs the machine, too
        try:
            if connection is None:
                connection, is_fresh = http.client.HTTPConnection("127.0.0.1", 8080, timeout=20), True
            connection.request("GET", "/")
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            is_fresh = False
            with lock:
                done += 1
                if done % 25 == 0:
                    print(done, flush=True)
            if not keeps or response.will_close:
                connection.close()
                connection = None
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            connection.close()
            connection = None
            if is_fresh:
                failures.append(repr(error))
        except Exception as error:
            failures.append(repr(error))
            connection = None

threads = [threading.Thread(target=run, args=(number % 2 == 1,)) for number in range(4)]
for thread in threads:
    thread.start()
sys.stdin.read()
stopping.set()
for thread in threads:
    thread.join()
print(json.dumps({"done": done, "failures": failures}), flush=True)
'''


class Load:
    def __init__(self, machine):
        self.machine = machine
        self.done = 0
        self.result = None
        self.process = None

    def __enter__(self):
        command = ["docker", "exec", "-i", self.machine.name, "python3", "-c", LOAD]
        engine = self.machine.engine
        self.process = subprocess.Popen([*engine.prefix, *command], env=engine.environment(), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.goes_on()
        return self

    def _read(self):
        for line in self.process.stdout:
            value = json.loads(line)
            if isinstance(value, int):
                self.done = value
            else:
                self.result = value

    def goes_on(self, count=100):
        goal = self.done + count
        wait_until(lambda: self.done >= goal, "progress under load")

    def __exit__(self, *exception):
        self.process.stdin.close()
        self.reader.join(PATIENCE_S)
        self.process.wait(PATIENCE_S)

    @property
    def failures(self):
        return self.result["failures"]


def wait_until(condition, what, explain=lambda: ""):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: {explain()}")
        time.sleep(AGAIN_S)


def _control_groups():
    """The hierarchy of version 2, whole or beside that of version 1. Nothing else of the machine's
    is shown to the container: its systemd would mount there what is missing."""
    both = "/sys/fs/cgroup/unified"
    return both if os.path.exists(f"{both}/cgroup.procs") else "/sys/fs/cgroup"


class Machine:
    def __init__(self, engine, folder):
        self.engine = engine
        self.folder = folder
        self.name = "machine-" + secrets.token_hex(4)

    def __enter__(self):
        command = ["docker", "run", "--detach", "--name", self.name, "--env", "container=docker",
                   "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined",
                   "--cgroupns", "host", "--tmpfs", "/run", "--tmpfs", "/run/lock",
                   "--volume", f"{_control_groups()}:/sys/fs/cgroup:rw",
                   "--volume", f"{self.folder}:/mnt:ro", IMAGE]
        done = self.engine.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        wait_until(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip()
                   in ("running", "degraded"), "systemd", self.log)
        return self

    def __exit__(self, *exception):
        if exception[0] is not None:
            print(self.log())
        # What runs in it ends with its first process, and leaves groups of its own behind.
        ids = self.run("sh", "-c", "ls /var/lib/slipway/instances/*", check=False).stdout.split()
        self.engine.run(["docker", "rm", "--force", "--volumes", self.name], capture_output=True)
        for id in ids:
            with contextlib.suppress(OSError):
                os.rmdir(f"{_control_groups()}/slipway/{id}")

    def run(self, *command, check=True, **options):
        done = self.engine.run(["docker", "exec", self.name, *command], capture_output=True,
                               text=True, timeout=2 * PATIENCE_S, **options)
        if check:
            assert done.returncode == 0, (command, done.stdout, done.stderr, self.log())
        return done

    def log(self):
        return self.run("journalctl", "--no-pager", "-n", "80", check=False).stdout

    def write(self, path, content):
        self.engine.run(["docker", "exec", "-i", self.name, "sh", "-c", 'mkdir -p "${0%/*}"; cat >"$0"',
                         path], input=content, text=True, check=True, capture_output=True)

    # The package

    def install(self, file, check=True):
        done = self.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--install",
                        f"/mnt/{file.name}", check=check)
        return done.stdout + done.stderr

    def remove(self, *how):
        done = self.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", *how, "slipway")
        return done.stdout + done.stderr

    # The daemon

    def show(self, name):
        return self.run("systemctl", "show", f"--property={name}", "--value", UNIT).stdout.strip()

    @property
    def main(self):
        return int(self.show("MainPID"))

    def child(self, role):
        """The newest child of the daemon's first process of that name."""
        found = self.run("sh", "-c", f"grep -lx '{role}' /proc/[0-9]*/comm").stdout.split()
        return max(int(path.split("/")[2]) for path in found)

    def is_new(self):
        """Whether the daemon runs the file that is installed."""
        return self.run("sh", "-c", f"test /proc/{self.main}/exe -ef /usr/bin/slipway",
                        check=False).returncode == 0

    # The project

    def up(self):
        self.write("/srv/shop/service.py", SERVICE)
        self.write("/srv/shop/compose.yaml", PROJECT)
        self.run("sh", "-c", "cd /srv/shop && slipway up")

    def get(self):
        program = ("import urllib.request; "
                   "print(urllib.request.urlopen('http://127.0.0.1:8080/', timeout=20).status)")
        return self.run("python3", "-c", program, check=False).stdout.strip() == "200"

    def processes(self):
        """Of instances: {number and start: what it is}, shims and what they started."""
        script = '''
for stat in /proc/[0-9]*/stat; do
    pid=${stat%/stat}
    case $(tr '\\0' ' ' <"$pid/cmdline" 2>/dev/null) in
        slipway-shim*) echo "shim ${pid#/proc/} $(cut -d ' ' -f 22 "$stat")" ;;
        */python3' '/srv/shop/service.py*) echo "service ${pid#/proc/} $(cut -d ' ' -f 22 "$stat")" ;;
    esac
done
'''
        return sorted(self.run("sh", "-c", script).stdout.splitlines())

    def ps(self):
        return json.loads(self.run("slipway", "--json", "ps", "--all-projects").stdout)["instances"]

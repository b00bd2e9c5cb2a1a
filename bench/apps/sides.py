# SPDX-License-Identifier: Apache-2.0
"""The sides: each is reached at one port of this machine, knows its processes, and can be ended."""

import json
import os
import subprocess
import time

import processes
from proxies import Failure, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
START_S = 60


class Side:
    name = "?"

    def __init__(self, bench):
        self.bench = bench
        self.folder = bench.make_folder(self.name)
        self.port = free_port()
        self.children = []
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8", "HOME": self.folder, "PYTHONDONTWRITEBYTECODE": "1",
            "DATABASE_PATH": self.path("birthday.db")}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def child(self, command, log):
        child = processes.Child(command, None, self.path(log), self.environment)
        self.children.append(child)
        return child

    def pids(self):
        found = []
        for child in self.children:
            found += processes.tree_of(child.pid)
        return found

    def wait_until(self, is_done, what):
        until = time.monotonic() + START_S
        while not is_done():
            for child in self.children:
                if child.has_ended():
                    raise Failure("%s: %s" % (self.name, child.last_words()))
            if time.monotonic() > until:
                raise Failure("%s: %s" % (self.name, what))
            time.sleep(0.02)

    def is_serving(self):
        try:
            return self.bench.ask(self, "GET", "/healthz")[0] == 200
        except OSError:
            return False

    def stop(self):
        for child in reversed(self.children):
            child.stop()


class Slipway(Side):
    """apps/birthday by `slipway up`: so many replicas of one thread, the edge in front."""

    name = "slipway"

    def start(self):
        self.environment.update(SLIPWAY_RUNTIME_DIR=self.path("run"),
                                SLIPWAY_STATE_DIR=self.path("state"))
        project = {
            "name": "bench",
            "services": {"birthday": {
                "command": [self.bench.birthday], "expose": ["8000"],
                "environment": {"DATABASE_PATH": self.path("birthday.db"), "THREADS": "1"},
                "deploy": {"replicas": self.bench.workers},
                "x-slipway": {"runtime": "process"}}},
            "x-slipway": {
                "listeners": {"web": {"address": "127.0.0.1:%d" % self.port, "protocol": "http",
                                      "default": {"forward": "birthday"}}},
                "target_groups": {"birthday": {
                    "service": "birthday", "port": 8000, "algorithm": "least_outstanding",
                    "health": {"path": "/healthz", "interval": "2s"}}}}}
        path = self.write("compose.yaml", json.dumps(project, indent=1))
        self.child([self.bench.slipway, "serve"], "daemon.log")
        self.wait_until(lambda: os.path.exists(self.path("run/control.sock")), "no control socket")
        self.command([self.bench.slipway, "-f", path, "up"])
        self.wait_until(self.is_serving, "it does not serve")

    def command(self, words):
        done = subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, errors="replace", timeout=START_S, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise Failure("%s: %s" % (" ".join(words[-2:]), said[-1] if said else "failed"))

    def pids(self):
        """What it starts is nobody's child: all of this namespace that nobody else started."""
        others = {os.getpid()}
        for child in processes.Child.running:
            if child not in self.children:
                others |= set(processes.tree_of(child.pid))
        found = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
        return [pid for pid in found if pid not in others and processes.command_line(pid)]

    def stop(self):
        try:
            self.command([self.bench.slipway, "-f", self.path("compose.yaml"), "down", "-v"])
        except (Failure, subprocess.TimeoutExpired, OSError):
            pass
        super().stop()


class Gunicorn(Side):
    """birthday.py by gunicorn at a Unix socket, nginx in front with connections kept."""

    words = ()

    def start(self):
        self.environment["PYTHONPATH"] = HERE
        self.child(["gunicorn", "--workers", str(self.bench.workers), "--keep-alive", "300",
                    "--preload", "--bind", "unix:" + self.path("socket"), "--log-level", "warning",
                    *self.words, "birthday:app"], "gunicorn.log")
        self.wait_until(lambda: os.path.exists(self.path("socket")), "no socket")
        os.chmod(self.path("socket"), 0o666)
        os.chmod(self.folder, 0o755)
        self.child(["nginx", "-c", self.write("nginx.conf", self.configuration()),
                    "-e", self.path("nginx.log")], "nginx.log")
        self.wait_until(self.is_serving, "it does not serve")

    def configuration(self):
        temporary = " ".join("%s_temp_path %s;" % (kind, self.path(kind)) for kind in
                             ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return """
daemon off; user root; worker_processes auto; pid %(folder)s/nginx.pid;
error_log %(folder)s/nginx.log error;
events { worker_connections 4096; }
http {
  access_log off; tcp_nodelay on; gzip off; keepalive_requests 1000000000; %(temporary)s
  upstream birthday { server unix:%(folder)s/socket; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:%(port)d backlog=4096;
    location / {
      proxy_pass http://birthday; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
""" % {"folder": self.folder, "port": self.port, "temporary": temporary}


class GunicornSync(Gunicorn):
    name = "gunicorn sync"
    words = ("--worker-class", "sync")


class GunicornThreads(Gunicorn):
    name = "gunicorn gthread"
    words = ("--worker-class", "gthread", "--threads", "4")


OURS = Slipway.name
CLASSES = {one.name: one for one in (Slipway, GunicornSync, GunicornThreads)}

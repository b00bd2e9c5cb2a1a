# SPDX-License-Identifier: Apache-2.0
"""Who deploys: each starts four replicas of the first version, and replaces them by the second.

slipway, process      native processes, the edge in front
slipway, docker       containers, the edge in front
compose, nginx        Debian's docker-compose makes them anew, all at once; nginx in front of
                      their published ports, which stay
swarm, nginx          a rolling update, start-first, with endpoint_mode dnsrr (so it needs no routing
                      mesh); nginx asks the engine's name server every second
swarm, haproxy        the same with haproxy, which also checks health"""

import json
import os
import subprocess
import time

import processes
from measure import ask
from proxies import Failure, free_port

REPLICAS = 4
START_S = 60
DEPLOY_S = 120
DRAIN_S = 30


class Contestant:
    name = "?"
    needs_engine = True

    def __init__(self, bench):
        self.bench = bench
        self.folder = bench.make_folder(self.name.replace(", ", "-"))
        self.host = "127.0.0.1"
        self.port = free_port()
        self.children = []
        self.environment = {**bench.base_environment(), "HOME": self.folder}

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

    def command(self, words, limit_s=DEPLOY_S):
        done = subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, errors="replace", timeout=limit_s, check=False,
                              stdin=subprocess.DEVNULL)
        with open(self.path("commands.log"), "a", encoding="utf-8") as log:
            log.write("$ %s\n%s%s" % (" ".join(words), done.stdout, done.stderr))
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise Failure("%s: %s" % (" ".join(words[:3]), said[-1] if said else "failed"))
        return done.stdout

    def wait(self, answer):
        """Until it serves."""
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            for child in self.children:
                if child.has_ended():
                    raise Failure("%s: %s" % (self.name, child.last_words()))
            try:
                if ask(self.host, self.port) == (200, answer):
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise Failure("%s does not serve" % self.name)

    def stop(self):
        for child in reversed(self.children):
            child.stop()


class Slipway(Contestant):
    def __init__(self, bench):
        super().__init__(bench)
        self.environment.update(SLIPWAY_RUNTIME_DIR=self.path("run"),
                                SLIPWAY_STATE_DIR=self.path("state"))

    def service(self, version):
        raise NotImplementedError

    def configure(self, version):
        project = {
            "name": "bench",
            "services": {"web": {
                **self.service(version),
                "deploy": {"replicas": REPLICAS},
                "stop_grace_period": "10s",
            }},
            "x-slipway": {
                "listeners": {"web": {"address": "127.0.0.1:%d" % self.port, "protocol": "http",
                                      "default": {"forward": "web"}}},
                "target_groups": {"web": {
                    "service": "web", "port": 8000, "drain": "%ds" % DRAIN_S,
                    "health": {"protocol": "http", "path": "/health", "interval": "1s",
                               "timeout": "1s"}}},
            },
        }
        return self.write("compose.yaml", json.dumps(project, indent=1))

    def serve(self):
        child = self.child([self.bench.slipway, "serve"], "daemon.log")
        until = time.monotonic() + START_S
        while not os.path.exists(self.path("run/control.sock")):
            if child.has_ended() or time.monotonic() > until:
                raise Failure("slipway: " + child.last_words())
            time.sleep(0.02)

    def up(self, version):
        self.configure(version)
        self.command([self.bench.slipway, "-f", self.path("compose.yaml"), "up"])

    def start(self):
        self.serve()
        self.up(1)
        self.wait(b"v1")

    def deploy(self):
        self.up(2)

    def stop(self):
        try:
            self.command([self.bench.slipway, "-f", self.path("compose.yaml"), "down", "-v"], 40)
        except (Failure, subprocess.TimeoutExpired, OSError):
            pass
        super().stop()


class SlipwayProcess(Slipway):
    name = "slipway, process"
    needs_engine = False

    def service(self, version):
        return {"command": [self.bench.program("app")], "expose": ["8000"],
                "environment": {"ANSWER": "v%d" % version}, "x-slipway": {"runtime": "process"}}


class SlipwayDocker(Slipway):
    name = "slipway, docker"

    def service(self, version):
        return {"image": "bench-app:%d" % version, "expose": ["8000"],
                "healthcheck": {"disable": True}}


class Nginx:
    """In front of fixed addresses, or of a name that is looked up every second."""

    def configure(self, owner, servers=(), name=None, port=8000):
        if name is None:
            upstream = "upstream web { %s keepalive 64; }" % " ".join(
                "server %s max_fails=0;" % server for server in servers)
            target = "set $up web; proxy_pass http://web;"
        else:
            upstream = "resolver 127.0.0.11 valid=1s;"
            target = "set $up http://%s:%d; proxy_pass $up;" % (name, port)
        return owner.write("nginx.conf", """
daemon off; master_process on; worker_processes 1; pid %(folder)s/nginx.pid;
error_log %(folder)s/nginx.log;
events { worker_connections 4096; }
http {
    access_log off;
    client_body_temp_path %(folder)s/t1; proxy_temp_path %(folder)s/t2;
    fastcgi_temp_path %(folder)s/t3; uwsgi_temp_path %(folder)s/t4; scgi_temp_path %(folder)s/t5;
    map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
    keepalive_requests 1000000;
    %(upstream)s
    server {
        listen %(port)d;
        location / {
            proxy_http_version 1.1; proxy_set_header Connection $connection_upgrade;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Host $host;
            proxy_connect_timeout 1s;
            %(target)s
        }
    }
}
""" % {"folder": owner.folder, "port": owner.port, "upstream": upstream, "target": target})


class ComposeNginx(Contestant):
    name = "compose, nginx"

    def configure(self, version):
        self.write("docker-compose.yaml", json.dumps({"version": "3.8", "services": {"web": {
            "image": "bench-app:%d" % version, "ports": ["127.0.0.1:%d-%d:8000" % (
                self.first, self.first + REPLICAS - 1)], "stop_grace_period": "10s"}}}))

    def up(self, version):
        self.configure(version)
        self.command(["docker-compose", "-p", "peer", "up", "-d", "--scale", "web=%d" % REPLICAS])

    def start(self):
        self.first = 21000 + os.getpid() % 1000
        self.up(1)
        servers = ["127.0.0.1:%d" % (self.first + number) for number in range(REPLICAS)]
        path = Nginx().configure(self, servers)
        self.child(["nginx", "-c", path, "-e", self.path("nginx.log")], "proxy.log")
        self.wait(b"v1")

    def deploy(self):
        self.up(2)

    def stop(self):
        super().stop()
        self.bench.engine.remove_all()


class Swarm(Contestant):
    """Replicas on an overlay without virtual addresses, and a container that lends the proxy its
    network, and with it the engine's name server."""

    def start(self):
        docker = self.bench.engine.docker
        docker("swarm", "init", "--advertise-addr", "127.0.0.1")
        docker("network", "create", "-d", "overlay", "benchnet")
        self.make("web", "bench-app:1", "--replicas", str(REPLICAS))
        self.make("front", "bench-app:1", "--replicas", "1")
        front = docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name=front")
        pid = docker("inspect", "-f", "{{.State.Pid}}", front)
        self.host = self.outer_address(pid)
        self.child(["nsenter", "-t", pid, "-n"] + self.proxy(), "proxy.log")
        self.wait(b"v1")

    def outer_address(self, pid):
        """Where the container is reached from outside of its overlay: on the way out of it."""
        ip = ["nsenter", "-t", pid, "-n", "ip", "-o", "-4"]
        route = self.command([*ip, "route", "show", "default"]).split()
        device = route[route.index("dev") + 1]
        found = self.command([*ip, "addr", "show", "dev", device]).split()
        return found[found.index("inet") + 1].partition("/")[0]

    def make(self, name, image, *words):
        self.bench.engine.docker(
            "service", "create", "-q", "--detach=false", "--name", name, "--network", "benchnet",
            "--endpoint-mode", "dnsrr", "--update-order", "start-first", "--update-parallelism", "1",
            "--update-delay", "0s", "--update-monitor", "1s", "--stop-grace-period", "10s",
            "--no-resolve-image", *words, image)

    def deploy(self):
        self.command(["docker", "service", "update", "-q", "--detach=false", "--no-resolve-image",
                      "--image", "bench-app:2", "web"])

    def stop(self):
        super().stop()
        docker = self.bench.engine.docker
        for name in ("web", "front"):
            try:
                docker("service", "rm", name)
            except Failure:
                pass  # it was not made
        until = time.monotonic() + 30
        while docker("ps", "-aq") and time.monotonic() < until:
            time.sleep(0.1)
        docker("network", "rm", "benchnet")
        docker("swarm", "leave", "--force")
        self.bench.engine.remove_all()


class SwarmNginx(Swarm):
    name = "swarm, nginx"

    def proxy(self):
        path = Nginx().configure(self, name="tasks.web")
        return ["nginx", "-c", path, "-e", self.path("nginx.log")]


class SwarmHaproxy(Swarm):
    name = "swarm, haproxy"

    def proxy(self):
        path = self.write("haproxy.cfg", """
global
    nbthread 1
    maxconn 4096
resolvers engine
    nameserver engine 127.0.0.11:53
    hold valid 1s
    hold obsolete 1s
    timeout resolve 500ms
    timeout retry 500ms
defaults
    mode http
    option redispatch
    retries 3
    retry-on conn-failure empty-response
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout tunnel 600s
listen web
    bind *:%d
    option httpchk GET /health
    default-server check inter 500ms fall 1 rise 1
    server-template web 8 tasks.web:8000 resolvers engine resolve-prefer ipv4 init-addr none
""" % self.port)
        return ["haproxy", "-db", "-f", path]


CLASSES = {one.name: one for one in (SlipwayProcess, SlipwayDocker, ComposeNginx, SwarmNginx,
                                     SwarmHaproxy)}

# SPDX-License-Identifier: Apache-2.0
"""The proxies side by side: how each is configured, started, changed and asked whether it serves.

All of them listen at the same kinds of addresses, one port each:

    http   HTTP to the origin over TCP          https  the same with TLS
    unix   HTTP to the origin over its socket   tcp    any bytes, to the origin's endless stream
    raw    any bytes, to the origin over TCP

With rules, `http` has ten paths each of so many hosts, of which every second one changes its target
with each generation, and /generation, which says which one serves."""

import os
import random
import signal
import socket
import subprocess
import time

import processes

KINDS = ("http", "unix", "https", "tcp", "raw")
CPU = 0
START_S = 15


class Failure(Exception):
    """What a proxy could not do; the rest of the run goes on."""


def free_port(taken=set()):
    """Below those that the kernel hands out to connections."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in taken:
            taken.add(port)
            return port


def ask(port, path, timeout_s=2.0):
    """Status and body of one request on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        connection.sendall(("GET %s HTTP/1.1\r\nHost: bench.example.com\r\nConnection: close\r\n\r\n"
                            % path).encode())
        data = b""
        while True:
            got = connection.recv(65536)
            if not got:
                break
            data += got
    head, _, body = data.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    return (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0), body


def rules_of(count, generation):
    """Host, path and target (0 or 1) of each rule; the same hosts and paths as load's --spread."""
    for rule in range(count):
        yield "h%05d.example.com" % (rule // 10), "/p%d/" % (rule % 10), (rule + generation) % 2


class Proxy:
    name = "?"
    kinds = KINDS

    def __init__(self, bench, rules=0, environment=None):
        self.bench = bench
        self.rules = rules
        self.generation = 0
        self.extra = environment or {}
        self.folder = bench.make_folder(self.name)
        self.ports = {kind: free_port() for kind in self.kinds}
        self.child = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, lines):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return self.path(name)

    def environment(self):
        return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": self.folder, "LC_ALL": "C.UTF-8", **self.extra}

    def start(self, limit_s=START_S):
        self.configure()
        self.child = processes.Child(self.command(), CPU, self.path("log"), self.environment())
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            if self.child.has_ended():
                raise Failure("%s does not start: %s" % (self.name, self.child.last_words()))
            try:
                if ask(self.ports["http"], "/tiny") == (200, b"xx"):
                    return self
            except OSError:
                pass
            time.sleep(0.02)
        raise Failure("%s does not serve after %d s: %s" % (self.name, limit_s,
                                                            self.child.last_words()))

    def stop(self):
        if self.child is not None:
            self.child.stop()
            self.child = None

    def pids(self):
        return processes.tree_of(self.child.pid)

    def traffic_pids(self):
        """Of those that carry traffic, where that can be told."""
        return self.pids()

    def cpu_ns(self):
        return processes.cpu_ns(self.pids())

    # For each proxy to say:

    def configure(self):
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def apply(self):
        """Makes it take the configuration that was written."""
        raise Failure("%s has no configuration" % self.name)

    def settle(self):
        """Waits until it can be changed again, after a change serves."""

    def version(self):
        return self.name


class Forwarder(Proxy):
    name = "forwarder"
    kinds = ("http", "unix", "tcp", "raw")

    def configure(self):
        pass

    def command(self):
        origin = self.bench.origin
        command = [self.bench.program("forward")]
        for kind, target in (("http", origin.http), ("unix", origin.unix), ("tcp", origin.stream),
                             ("raw", origin.http)):
            command += ["127.0.0.1:%d" % self.ports[kind], target]
        return command


class Nginx(Proxy):
    name = "nginx"

    def __init__(self, *arguments, **named):
        self.module = "/usr/lib/nginx/modules/ngx_stream_module.so"
        if not os.path.exists(self.module):
            self.kinds = ("http", "unix", "https")
        super().__init__(*arguments, **named)

    def location(self, what, upstream):
        return "location %s { proxy_pass http://%s; }" % (what, upstream)

    def server(self, listen, lines, tls=False):
        yield "  server {"
        yield "    listen 127.0.0.1:%s backlog=4096%s;" % (listen, " ssl" if tls else "")
        for line in lines:
            yield "    " + line
        yield "  }"

    def forwarded(self):
        if self.bench.arguments.bare_peers:
            return []
        return ["  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
                "  proxy_set_header X-Forwarded-Proto $scheme;"]

    def rule_servers(self):
        by_host = {}
        for host, path, target in rules_of(self.rules, self.generation):
            by_host.setdefault(host, []).append((path, target))
        for host, paths in by_host.items():
            yield "  server { listen 127.0.0.1:%d; server_name %s;" % (self.ports["http"], host)
            for path, target in paths:
                yield "    " + self.location(path, "origin%d" % target)
            yield "  }"

    def configure(self):
        origin = self.bench.origin
        socket_upgrade = ("location = /ws { proxy_pass http://origin0; "
                          "proxy_set_header Upgrade $http_upgrade; "
                          "proxy_set_header Connection upgrade; proxy_set_header Host $host; }")
        upstream = "  upstream %s { server %s; keepalive 256; keepalive_requests 1000000000; }"
        lines = []
        if "tcp" in self.kinds:
            lines.append("load_module %s;" % self.module)
        lines += [
            "daemon off;", "user root;", "worker_processes 1;", "worker_rlimit_nofile 20000;",
            "pid %s;" % self.path("pid"), "error_log %s crit;" % self.path("errors"),
            "events { worker_connections 19000; use epoll; }",
            "http {",
            "  access_log off;", "  server_tokens off;", "  sendfile on;", "  tcp_nopush on;",
            "  tcp_nodelay on;", "  gzip off;", "  keepalive_timeout 300s;",
            "  keepalive_requests 1000000000;",
            "  server_names_hash_max_size 262144;", "  server_names_hash_bucket_size 128;",
            "  proxy_http_version 1.1;", '  proxy_set_header Connection "";',
            "  proxy_set_header Host $host;", *self.forwarded(),
            "  proxy_buffers 8 64k;", "  proxy_busy_buffers_size 128k;",
            "  proxy_max_temp_file_size 0;", "  proxy_read_timeout 3600s;",
            "  ssl_protocols TLSv1.2 TLSv1.3;", "  ssl_session_cache shared:tls:10m;",
            "  ssl_certificate %s;" % self.bench.certificate,
            "  ssl_certificate_key %s;" % self.bench.key,
        ]
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
            lines.append("  %s_temp_path %s;" % (kind, self.path(kind)))
        lines += [upstream % ("origin0", origin.http), upstream % ("origin1", origin.http),
                  upstream % ("origin_unix", origin.unix)]
        lines += self.server("%d default_server" % self.ports["http"], [
            "server_name _;", self.location("/", "origin0"), socket_upgrade,
            'location = /generation { return 200 "%d"; }' % self.generation])
        lines += self.rule_servers()
        lines += self.server(self.ports["unix"], [self.location("/", "origin_unix")])
        lines += self.server(self.ports["https"], [self.location("/", "origin0")], tls=True)
        lines.append("}")
        if "tcp" in self.kinds:
            lines += ["stream {", "  tcp_nodelay on;", "  proxy_buffer_size 64k;",
                      "  proxy_timeout 1h;",
                      "  server { listen 127.0.0.1:%d backlog=4096; proxy_pass %s; }" % (
                          self.ports["tcp"], origin.stream),
                      "  server { listen 127.0.0.1:%d backlog=4096; proxy_pass %s; }" % (
                          self.ports["raw"], origin.http), "}"]
        self.write("nginx.conf", lines)

    def command(self):
        return ["nginx", "-p", self.folder, "-e", self.path("errors"), "-c",
                self.path("nginx.conf")]

    def apply(self):
        run(self.command() + ["-s", "reload"], self.environment())

    def version(self):
        return run(["nginx", "-v"], self.environment()).strip().replace("nginx version: ", "")


class Haproxy(Proxy):
    name = "haproxy"

    def listener(self, kind, mode, backend, extra="", lines=()):
        yield "frontend %s" % kind
        yield "  mode %s" % mode
        yield "  bind 127.0.0.1:%d backlog 4096%s" % (self.ports[kind], extra)
        yield from ("  " + line for line in lines)
        if mode == "http" and not self.bench.arguments.bare_peers:
            yield "  option forwardfor"
            yield "  http-request set-header X-Forwarded-Proto %s" % (
                "https" if kind == "https" else "http")
        yield "  default_backend %s" % backend

    def configure(self):
        origin = self.bench.origin
        lines = []
        if self.rules:
            # By a tree of prefixes of host and path, which is what its manual advises for many.
            self.write("rules.map", ("%s%s origin%d" % rule for rule in
                                     rules_of(self.rules, self.generation)))
            lines = ['http-request return status 200 content-type text/plain string "%d" '
                     "if { path /generation }" % self.generation,
                     "use_backend %%[base,map_beg(%s,origin0)]" % self.path("rules.map")]
        config = [
            "global", "  nbthread 1", "  maxconn 9500", "  maxpipes 64",
            "  stats socket %s mode 600 level admin expose-fd listeners" % self.path("stats"),
            "  ssl-default-bind-options ssl-min-ver TLSv1.2",
            "defaults", "  mode http", "  timeout connect 5s", "  timeout client 300s",
            "  timeout server 300s", "  timeout http-keep-alive 300s", "  timeout tunnel 1h",
            "  http-reuse always", "  maxconn 9400",
            *self.listener("http", "http", "origin0", lines=lines),
            *self.listener("unix", "http", "origin_unix"),
            *self.listener("https", "http", "origin0", " ssl crt %s" % self.bench.bundle),
            # Splicing pays for streams; splice-auto makes HTTP dearer.
            *self.listener("tcp", "tcp", "stream", lines=("option splice-request",
                                                          "option splice-response")),
            *self.listener("raw", "tcp", "raw"),
            "backend origin0", "  server one %s" % origin.http,
            "backend origin1", "  server one %s" % origin.http,
            "backend origin_unix", "  server one %s" % origin.unix.replace("unix:", "unix@"),
            "backend stream", "  mode tcp", "  server one %s" % origin.stream,
            "backend raw", "  mode tcp", "  server one %s" % origin.http,
        ]
        self.write("haproxy.cfg", config)

    def command(self):
        return ["haproxy", "-W", "-f", self.path("haproxy.cfg")]

    def apply(self):
        os.kill(self.child.pid, signal.SIGUSR2)

    def settle(self):
        """Its master loses a signal that comes before it has done with the one before."""
        until = time.monotonic() + 3
        while time.monotonic() < until:
            with open(self.path("log"), encoding="utf-8", errors="replace") as file:
                if file.read().count("Loading success") > self.generation:
                    return
            time.sleep(0.005)

    def version(self):
        return run(["haproxy", "-v"], self.environment()).splitlines()[0].split(" 20")[0]


class Slipway(Proxy):
    name = "slipway"

    def environment(self):
        return {**super().environment(), "SLIPWAY_EDGE_THREADS": "1",
                "SLIPWAY_RUNTIME_DIR": self.path("run"), "SLIPWAY_STATE_DIR": self.path("state")}

    def listener(self, kind, protocol, group, lines=()):
        yield "    %s:" % kind
        yield '      address: "127.0.0.1:%d"' % self.ports[kind]
        yield "      protocol: %s" % protocol
        yield from lines
        yield "      default: {forward: %s}" % group

    def rule_lines(self):
        if not self.rules:
            return
        yield "      rules:"
        yield "        - {name: generation, when: {path: [/generation]}, " \
              'respond: {status: 200, body: "%d"}}' % self.generation
        for number, (host, path, target) in enumerate(rules_of(self.rules, self.generation)):
            yield '        - {name: r%d, when: {host: [%s], path: ["%s*"]}, forward: origin%d}' % (
                number, host, path, target)

    def configure(self):
        origin = self.bench.origin
        certificate = ["      certificates: [{cert: %s, key: %s}]" % (self.bench.certificate,
                                                                     self.bench.key)]
        lines = [
            "name: bench", "x-slipway:", "  listeners:",
            *self.listener("http", "http", "origin0", self.rule_lines()),
            *self.listener("unix", "http", "origin_unix"),
            *self.listener("https", "https", "origin0", certificate),
            *self.listener("tcp", "tcp", "stream"), *self.listener("raw", "tcp", "raw"),
            "  target_groups:",
        ]
        for group, target in (("origin0", origin.http), ("origin1", origin.http),
                              ("origin_unix", origin.unix), ("stream", origin.stream),
                              ("raw", origin.http)):
            health = "tcp" if group in ("stream", "raw") else "http"
            lines.append('    %s: {targets: ["%s"], health: {protocol: %s}}' % (group, target,
                                                                              health))
        for folder in ("run", "state"):
            os.makedirs(self.path(folder), mode=0o700, exist_ok=True)
        self.write("lb.yaml", lines)

    def command(self):
        return [self.bench.slipway, "serve", "-f", self.path("lb.yaml")]

    def apply(self):
        run([self.bench.slipway, "up", "-f", self.path("lb.yaml")], self.environment())

    def traffic_pids(self):
        edges = [pid for pid in self.pids() if "@edge" in processes.command_line(pid)[1:2]]
        return edges or self.pids()

    def version(self):
        return (run([self.bench.slipway, "version"], self.environment()).splitlines() or ["?"])[0]


def run(command, environment, limit_s=60):
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit_s)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure("%s: %s" % (os.path.basename(command[0]), error)) from error
    if done.returncode != 0:
        words = [line for line in done.stdout.splitlines() if line.strip()]
        raise Failure("%s: %s" % (os.path.basename(command[0]), words[-1] if words else "failed"))
    return done.stdout


CLASSES = {proxy.name: proxy for proxy in (Forwarder, Nginx, Haproxy, Slipway)}

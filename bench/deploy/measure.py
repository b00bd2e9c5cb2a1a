# SPDX-License-Identifier: Apache-2.0
"""What is measured: a deploy under load, a plan of nothing, a tree at rest."""

import json
import os
import socket
import subprocess
import threading
import time

import processes
from proxies import Failure

RATE = 2000
CONNECTIONS = 64
SOCKETS = 100
QUIET_S = 1.0  # only new answers for so long: the deploy is over
SETTLE_S = 30


def ask(host, port, path="/", timeout_s=2.0):
    """Status and body of one request on a connection of its own."""
    with socket.create_connection((host, port), timeout=timeout_s) as connection:
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


class Watch(threading.Thread):
    """Asks all the time which version answers."""

    def __init__(self, contestant):
        super().__init__(daemon=True)
        self.contestant = contestant
        self.first_new = self.last_old = None
        self.is_over = threading.Event()
        self.start()

    def run(self):
        while not self.is_over.wait(0.02):
            try:
                _, body = ask(self.contestant.host, self.contestant.port)
            except OSError:
                continue
            if body == b"v2":
                self.first_new = self.first_new or time.monotonic()
            elif body == b"v1":
                self.last_old = time.monotonic()

    def wait_for_new(self):
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            now = time.monotonic()
            if self.first_new and now - max(self.last_old or 0, self.first_new) > QUIET_S:
                return
            time.sleep(0.05)
        raise Failure("the second version does not serve alone after %d s" % SETTLE_S)

    def end(self):
        self.is_over.set()
        self.join()


def deploy_under_load(bench, contestant):
    """Figures of one deploy. WebSockets are held for a time that ends while a well-behaved one still
    drains, so that each that is lost was cut."""
    address = "%s:%d" % (contestant.host, contestant.port)
    held = bench.start_load(["websocket", "--address", address, "--connections", str(SOCKETS),
                             "--each", "250", "--seconds", "120"])
    loaded = None
    watch = None
    try:
        if bench.read_load(held)["open"] != SOCKETS:
            raise Failure("not all WebSockets could be opened")
        loaded = bench.start_load(["http", "--address", address, "--path", "/", "--length", "2",
                                   "--rate", str(RATE), "--connections", str(CONNECTIONS),
                                   "--seconds", "240", "--until-end"])
        time.sleep(bench.before_s)
        watch = Watch(contestant)
        time.sleep(0.2)
        begin = time.monotonic()
        end_of_sockets = threading.Timer(bench.sockets_s, held.process.stdin.close)
        end_of_sockets.start()
        contestant.deploy()
        command_s = time.monotonic() - begin
        watch.wait_for_new()
        end_of_sockets.join()
        sockets = bench.read_load(held)
        loaded.process.stdin.close()
        requests = bench.read_load(loaded)
    finally:
        if watch is not None:
            watch.end()
        held.stop()
        if loaded is not None:
            loaded.stop()
    return {
        "requests": requests["requests"], "failed": requests["failed"],
        "failures": requests["failures"], "lost": sockets["lost"], "echoes": sockets["echoes"],
        "longest_ms": requests["latency_us"]["longest"] / 1000,
        "p99_ms": requests["latency_us"]["p99"] / 1000,
        "command_s": command_s, "first_new_s": watch.first_new - begin,
        "last_old_s": (watch.last_old or begin) - begin,
    }


def section_deploy(bench):
    figures = {}
    for name in bench.names:
        bench.say("deploy: " + name)
        contestant = None
        try:
            contestant = bench.make(name)
            contestant.start()
            figures[name] = deploy_under_load(bench, contestant)
        except (Failure, subprocess.TimeoutExpired, OSError, KeyError) as error:
            bench.note("deploy", name, error)
        finally:
            if contestant is not None:
                bench.stop(contestant)
    return {"contestants": figures}


# A plan of nothing, and the whole at rest: native services, so that no engine has a part in it.


def many_services(bench, count):
    return {"name": "many", "services": {
        "service%d" % number: {
            "command": [bench.program("app")], "expose": ["8000"],
            "environment": {"ANSWER": "ok", "NUMBER": str(number)},
            "x-slipway": {"runtime": "process"},
        } for number in range(count)}}


def start_many(bench, contestant, count):
    path = contestant.write("compose.yaml", json.dumps(many_services(bench, count)))
    contestant.serve()
    contestant.command([bench.slipway, "-f", path, "up"])
    return path


def section_plan(bench):
    contestant = bench.make("slipway, process")
    try:
        path = start_many(bench, contestant, bench.plan_services)
        times = []
        for _ in range(bench.plans):
            begin = time.monotonic()
            contestant.command([bench.slipway, "-f", path, "plan", "--detailed-exitcode"])
            times.append((time.monotonic() - begin) * 1000)
        times.sort()
        return {"services": bench.plan_services, "median_ms": times[len(times) // 2],
                "longest_ms": times[-1]}
    except (Failure, subprocess.TimeoutExpired, OSError) as error:
        bench.note("plan", contestant.name, error)
        return None
    finally:
        bench.stop(contestant)


def is_workload(bench, pid):
    """By its size: what is deployed may be a copy under another name."""
    try:
        return os.stat("/proc/%d/exe" % pid).st_size == os.stat(bench.program("app")).st_size
    except OSError:
        return True


def all_processes(bench, contestant):
    """Of Slipway: the daemon's and the shims, which are nobody's children. Nothing else is in this
    namespace but the benchmark itself and the engine."""
    others = {os.getpid()}
    for child in processes.Child.running:
        if child not in contestant.children:
            others |= set(processes.tree_of(child.pid))
    found = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    return [pid for pid in found if pid not in others and not is_workload(bench, pid)
            and processes.command_line(pid)]


def section_rest(bench):
    contestant = bench.make("slipway, process")
    try:
        start_many(bench, contestant, bench.rest_services)
        time.sleep(bench.rest_before_s)
        pids = all_processes(bench, contestant)
        before, begin = processes.cpu_ns(pids), time.monotonic()
        time.sleep(bench.rest_s)
        used = (processes.cpu_ns(pids) - before) / 1e9 / (time.monotonic() - begin)
        parts = {}
        for pid in pids:
            words = os.path.basename(" ".join(processes.command_line(pid)).strip())
            parts.setdefault(words, []).append(processes.memory([pid])["pss"])
        return {"services": bench.rest_services, "processes": len(pids),
                "pss": sum(sum(sizes) for sizes in parts.values()), "cpu": used,
                "parts": {words: {"count": len(sizes), "pss": sum(sizes)}
                          for words, sizes in parts.items()}}
    except (Failure, subprocess.TimeoutExpired, OSError) as error:
        bench.note("rest", contestant.name, error)
        return None
    finally:
        bench.stop(contestant)


SECTIONS = {"deploy": section_deploy, "plan": section_plan, "rest": section_rest}

# SPDX-License-Identifier: Apache-2.0
"""What is measured. Each section is a function of the bench that returns plain figures; a proxy that
fails in one is named there with the reason, and the others go on."""

import contextlib
import mmap
import os
import re
import signal
import statistics
import struct
import subprocess
import time

import processes
import proxies

SIZES = {"tiny": 2, "1k": 1024, "64k": 65536, "1m": 1048576}
OURS = "slipway"
FLOOR = "forwarder"


class Case:
    def __init__(self, key, title, kind, load, unit="request"):
        self.key = key
        self.title = title
        self.kind = kind  # of listener
        self.load = load
        self.unit = unit


def http_case(key, title, kind, size, *more):
    connections = "16" if size == "1m" else "64"
    return Case(key, title + ", " + size, kind,
                ["http", "--path", "/" + size, "--length", str(SIZES[size]), "--connections",
                 connections, *more])


def all_cases():
    tls = ("--tls",)
    cases = [http_case("keep-" + size, "keep-alive", "http", size) for size in SIZES]
    cases += [http_case("unix-" + size, "unix target", "unix", size) for size in SIZES]
    cases += [http_case("close-" + size, "one request a connection", "http", size, "--close")
              for size in SIZES]
    cases += [http_case("tls-" + size, "TLS keep-alive", "https", size, *tls) for size in SIZES]
    cases += [http_case("handshake-full", "TLS, full handshakes", "https", "tiny", *tls, "--close"),
              http_case("handshake-resumed", "TLS, resumed", "https", "tiny", *tls, "--close",
                        "--resume"),
              http_case("raw-tiny", "TCP listener", "raw", "tiny"),
              http_case("raw-close", "TCP listener, one request", "raw", "tiny", "--close")]
    cases += [Case("stream-" + way, "TCP stream, " + way, "tcp",
                   ["stream", "--path", way, "--connections", "4"], "MiB")
              for way in ("down", "up")]
    return cases


LATENCY_CASES = ("keep-tiny", "keep-1k", "keep-64k", "unix-tiny", "tls-tiny")


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def paired_ratio(ours, theirs):
    """The median of the ratios of rounds in which both have a figure."""
    return median([a / b for a, b in zip(ours, theirs) if a and b])


class Fleet:
    """The proxies that run for a section. One that does not start is noted and left out."""

    def __init__(self, bench, section, names=None, **named):
        self.bench = bench
        self.section = section
        self.names = names or bench.names
        self.named = named
        self.running = {}

    def __enter__(self):
        for name in self.names:
            try:
                proxy = proxies.CLASSES[name](self.bench, **self.named)
                self.running[name] = proxy
                proxy.start(self.bench.start_limit_s)
            except (proxies.Failure, OSError) as error:
                self.drop(name, error)
        return self.running

    def drop(self, name, error):
        self.bench.note(self.section, name, error)
        proxy = self.running.pop(name, None)
        if proxy is not None:
            proxy.stop()

    def __exit__(self, *_):
        for proxy in self.running.values():
            proxy.stop()


def one_load(bench, proxy, case, seconds, *more):
    """One run of the generator, with the proxy's CPU time around it."""
    pids = proxy.pids()
    before, waited = processes.cpu_ns(pids), processes.waited_ns(pids)
    result = bench.load(case.load + ["--address", "127.0.0.1:%d" % proxy.ports[case.kind],
                                     "--seconds", "%.3f" % seconds, *more])
    if result.get("failed"):
        raise proxies.Failure("%s: %d failed: %s" % (case.title, result["failed"],
                                                     result.get("failures", "")))
    if "--resume" in case.load and result["resumptions"] < result["handshakes"] / 2:
        raise proxies.Failure("%s: %d of %d resumed" % (case.title, result["resumptions"],
                                                        result["handshakes"]))
    count = result["bytes"] / 2**20 if case.unit == "MiB" else result["requests"]
    if count == 0:
        raise proxies.Failure("%s: nothing came through" % case.title)
    used_ns = processes.cpu_ns(pids) - before
    waited_ns = processes.waited_ns(pids) - waited
    bench.waits.append(waited_ns / 1e9 / result["seconds"])
    return {"cpu_us": used_ns / 1000 / count, "rate": result.get("rate", count / result["seconds"]),
            "busy": (used_ns + waited_ns) / 1e9 / result["seconds"],
            **result.get("latency_us", {})}


def rounds_of(bench, section, fleet, cases, seconds, more_of=lambda case: ()):
    """Paired and interleaved: in each round each case by each proxy, by turns who begins. Gives a
    list of results, one a round, None where it failed, of each case and proxy."""
    results = {}
    failed = set()
    for number in range(-1, bench.rounds):  # the first warms up
        bench.say("%s: round %d of %d" % (section, number + 1, bench.rounds))
        for case in cases:
            able = [name for name in fleet if case.kind in fleet[name].kinds]
            turn = number % len(able) if able else 0
            for name in able[turn:] + able[:turn]:
                result = None
                if (case.key, name) not in failed:
                    try:
                        result = one_load(bench, fleet[name], case,
                                          seconds if number >= 0 else min(0.1, seconds),
                                          *more_of(case))
                    except proxies.Failure as error:
                        failed.add((case.key, name))
                        bench.note(section, name, error)
                if number >= 0:
                    results.setdefault(case.key, {}).setdefault(name, []).append(result)
    return results


def column(rounds, key):
    return [result and result[key] for result in rounds]


def summary(by_name, keys, compared):
    """Medians of each proxy, and ratios of ours to each peer's."""
    out = {name: {key: median(column(rounds, key)) for key in keys}
           for name, rounds in by_name.items()}
    ratios = {}
    for key in compared:
        ratios[key] = {name: paired_ratio(column(by_name.get(OURS, []), key), column(rounds, key))
                       for name, rounds in by_name.items() if name != OURS}
    return {"proxies": out, "ratios": ratios}


def section_cpu(bench):
    """CPU microseconds of a request, and how many a second, when there is as much as goes."""
    cases = [case for case in all_cases() if bench.wants_case(case.key)]
    with Fleet(bench, "cpu") as fleet:
        results = rounds_of(bench, "cpu", fleet, cases, bench.seconds)
    rows = []
    for case in cases:
        figures = summary(results.get(case.key, {}), ("cpu_us", "rate", "busy"),
                          ("cpu_us", "rate"))
        rows.append({"case": case.key, "title": case.title, "unit": case.unit, **figures})
        bench.rates[case.key] = {name: figures["proxies"][name]["rate"]
                                 for name in figures["proxies"] if name != FLOOR}
    return {"rows": rows, "unix_by_tcp": unix_by_tcp(results)}


def unix_by_tcp(results):
    """What ours needs to a target's socket by what each peer needs to a target's port."""
    over_tcp = results.get("keep-tiny", {})
    ours = column(results.get("unix-tiny", {}).get(OURS, []), "cpu_us")
    return {name: paired_ratio(ours, column(rounds, "cpu_us"))
            for name, rounds in over_tcp.items() if name != OURS}


def section_latency(bench):
    """From an open loop at 60 % of what the slowest proxy can do."""
    cases = [case for case in all_cases() if case.key in LATENCY_CASES and
             bench.wants_case(case.key)]
    chosen = {}
    with Fleet(bench, "latency") as fleet:
        for case in cases:
            if not bench.rates.get(case.key):
                bench.rates[case.key] = saturation(bench, fleet, case)
            rates = [rate for rate in bench.rates[case.key].values() if rate]
            chosen[case.key] = 0.6 * min(rates) if rates else None
        cases = [case for case in cases if chosen[case.key]]
        results = rounds_of(bench, "latency", fleet, cases, bench.seconds,
                            lambda case: ("--rate", "%.0f" % chosen[case.key]))
    return {"rows": [{"case": case.key, "title": case.title, "rate": chosen[case.key],
                      **summary(results.get(case.key, {}), ("p50", "p99", "cpu_us"),
                                ("p50", "p99", "cpu_us"))} for case in cases]}


def saturation(bench, fleet, case):
    rates = {}
    for name, proxy in fleet.items():
        if name == FLOOR or case.kind not in proxy.kinds:
            continue
        try:
            rates[name] = one_load(bench, proxy, case, max(0.3, bench.seconds / 2))["rate"]
        except proxies.Failure as error:
            bench.note("latency", name, error)
    return rates


def section_rules(bench):
    """CPU microseconds of a request against the number of rules; requests take turns among them. All
    run at once, one for each number, so that numbers of rules take turns as well."""
    results, sizes, cases = {}, {}, {}
    with contextlib.ExitStack() as stack:
        fleets = {}
        for count in bench.rule_counts:
            names = [name for name in bench.names if name != FLOOR and
                     count <= bench.most_rules.get(name, count)]
            bench.say("rules: starting with %d" % count)
            fleet = stack.enter_context(Fleet(bench, "rules %d" % count, names, rules=count))
            cases[count] = http_case("rules-%d" % count, "rules", "http", "tiny", "--spread",
                                     str(count))
            sizes[count] = {name: processes.memory(fleet[name].pids())["pss"] for name in fleet}
            for name, proxy in fleet.items():
                fleets["%s %d" % (name, count)] = proxy
        for number in range(-1, bench.rounds):
            bench.say("rules: round %d of %d" % (number + 1, bench.rounds))
            for key in list(fleets):
                name, _, count = key.partition(" ")
                try:
                    result = one_load(bench, fleets[key], cases[int(count)], bench.seconds)
                except proxies.Failure as error:
                    bench.note("rules " + count, name, error)
                    del fleets[key]
                    continue
                if number >= 0:
                    results.setdefault(int(count), {}).setdefault(name, []).append(result)
    rows = [{"rules": count, "pss": sizes[count],
             **summary(results.get(count, {}), ("cpu_us",), ("cpu_us",))}
            for count in bench.rule_counts]
    least, most = (results.get(pick(bench.rule_counts), {}) for pick in (min, max))
    growth = {name: paired_ratio(column(rounds, "cpu_us"), column(least.get(name, []), "cpu_us"))
              for name, rounds in most.items()}
    return {"rows": rows, "growth": growth}


def hold_idle(bench, proxy, kind, count, more):
    """What so many idle connections add to the memory of the proxy."""
    warm = ["http", "--address", "127.0.0.1:%d" % proxy.ports[kind], "--seconds", "0.3",
            "--connections", "64", *more]
    bench.load(warm)
    time.sleep(0.2)
    before = processes.memory(proxy.pids())
    holder = bench.start_load(["idle", "--address", "127.0.0.1:%d" % proxy.ports[kind],
                               "--connections", str(count), "--seconds", "120", *more])
    try:
        held = bench.read_load(holder)["held"]
        time.sleep(0.3)
        after = processes.memory(proxy.pids())
        holder.process.stdin.close()
        left = bench.read_load(holder)["left"]
    finally:
        holder.stop()
    if held != count or left != count:
        raise proxies.Failure("of %d connections %d were held and %d left" % (count, held, left))
    return {"before": before, "after": after,
            "pss_each": (after["pss"] - before["pss"]) / count,
            "private_each": (after["private"] - before["private"]) / count}


def section_memory(bench):
    rows = []
    for title, kind, count, more in (("keep-alive", "http", bench.idle_connections, []),
                                     ("TLS keep-alive", "https", bench.idle_connections // 4,
                                      ["--tls"])):
        figures = {}
        with Fleet(bench, "memory") as fleet:
            for name, proxy in fleet.items():
                if kind not in proxy.kinds:
                    continue
                bench.say("memory: %d %s connections of %s" % (count, title, name))
                try:
                    figures[name] = hold_idle(bench, proxy, kind, count, more)
                except proxies.Failure as error:
                    bench.note("memory", name, error)
        rows.append({"title": title, "connections": count, "proxies": figures})
    return {"rows": rows}


CHANGE_AGAIN_S = 2  # haproxy's master loses signals: whoever reloads it must look, and try again
CHANGE_GIVE_UP_S = 11


def change_once(proxy):
    """Writes the next generation, and waits until a new connection is answered by it. Returns the
    seconds of that and of the command alone, and how often it had to be repeated."""
    proxy.generation += 1
    proxy.configure()
    wanted = b"%d" % proxy.generation
    begin = time.monotonic()
    proxy.apply()
    command_s = time.monotonic() - begin
    repeated = 0
    while time.monotonic() - begin < CHANGE_GIVE_UP_S:
        try:
            if proxies.ask(proxy.ports["http"], "/generation") == (200, wanted):
                return time.monotonic() - begin, command_s, repeated
        except OSError:
            pass
        time.sleep(0.0005)
        if time.monotonic() - begin > CHANGE_AGAIN_S * (repeated + 1):
            repeated += 1
            proxy.apply()
    raise proxies.Failure("generation %d did not come" % proxy.generation)


def change_under_load(bench, proxy):
    address = "127.0.0.1:%d" % proxy.ports["http"]
    sockets = bench.start_load(["websocket", "--address", address, "--connections", "200", "--each",
                                "500", "--seconds", "900"])
    requests = None
    times = []
    try:
        opened = bench.read_load(sockets)["open"]
        requests = bench.start_load(["http", "--address", address, "--connections", "64", "--rate",
                                     "2000", "--spread", str(proxy.rules), "--seconds", "900",
                                     "--until-end"])
        time.sleep(0.3)
        for _ in range(bench.changes):
            times.append(change_once(proxy))
            proxy.settle()
            time.sleep(0.02)
        time.sleep(0.5)
        requests.process.stdin.close()
        asked = bench.read_load(requests)
        running = len(proxy.pids())
        sockets.process.stdin.close()
        held = bench.read_load(sockets)
    finally:
        sockets.stop()
        if requests is not None:
            requests.stop()
    served = sorted(whole * 1000 for whole, _, _ in times)
    return {"served_ms": median(served), "served_worst_ms": served[-1],
            "command_ms": median([command * 1000 for _, command, _ in times]),
            "repeated": sum(repeated for _, _, repeated in times),
            "requests": asked["requests"], "failed": asked["failed"],
            "failures": asked["failures"], "p99_us": asked["latency_us"]["p99"],
            "longest_us": asked["latency_us"]["longest"],
            "opened": opened, "lost": held["lost"] + (200 - opened), "echoes": held["echoes"],
            "processes": running}


def section_change(bench):
    figures = {}
    names = [name for name in bench.names if name != FLOOR]
    for name in names:  # one at a time: what an earlier change left behind is part of it
        with Fleet(bench, "change", [name], rules=1000) as fleet:
            for proxy in fleet.values():
                bench.say("change: %d by %s" % (bench.changes, name))
                try:
                    figures[name] = change_under_load(bench, proxy)
                except (proxies.Failure, OSError) as error:
                    bench.note("change", name, error)
    return {"changes": bench.changes, "proxies": figures}


def count_calls(bench, proxy, case):
    """System calls of all its processes by name, under strace -c -f, for each request."""
    pids = proxy.pids()
    command = ["strace", "-c", "-f", "-o", proxy.path("strace")]
    for pid in pids:
        command += ["-p", str(pid)]
    tracer = processes.Child(command, None, proxy.path("strace-errors"))
    try:
        wait_for_tracer(pids)
        result = bench.load(case.load + ["--address", "127.0.0.1:%d" % proxy.ports[case.kind],
                                         "--seconds", "%.2f" % max(0.6, bench.seconds)])
        os.kill(tracer.pid, signal.SIGINT)
        tracer.process.wait(10)
    except subprocess.TimeoutExpired as error:
        raise proxies.Failure("strace does not end") from error
    finally:
        tracer.stop()
    calls = {}
    with open(proxy.path("strace"), encoding="utf-8", errors="replace") as file:
        for line in file:
            found = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z_0-9]+)$", line)
            if found and found.group(2) != "total":
                calls[found.group(2)] = int(found.group(1)) / max(1, result["requests"])
    return {"total": sum(calls.values()), "calls": calls}


def wait_for_tracer(pids):
    """Until all threads of these are traced, for a while."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if all(is_traced(pid) for pid in pids):
            return
        time.sleep(0.01)
    raise proxies.Failure("strace does not attach")


def is_traced(pid):
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/status" % (pid, task), encoding="ascii") as file:
                if re.search(r"^TracerPid:\s+0$", file.read(), re.M):
                    return False
    except (FileNotFoundError, ProcessLookupError):
        pass
    return True


def section_calls(bench):
    rows = []
    cases = [case for case in all_cases() if case.key in ("keep-tiny", "keep-64k", "close-tiny")]
    with Fleet(bench, "calls") as fleet:
        for case in cases:
            figures = {}
            for name, proxy in fleet.items():
                bench.say("calls: %s of %s" % (case.title, name))
                try:
                    figures[name] = count_calls(bench, proxy, case)
                except (proxies.Failure, OSError) as error:
                    bench.note("calls", name, error)
            rows.append({"case": case.key, "title": case.title, "proxies": figures})
    return {"rows": rows}


SLOT_COUNT = 256  # as in malloc_count.c
SLOT = struct.Struct("=4Q")


class Counters:
    """The file of malloc_count.c, for one fleet."""

    def __init__(self, path):
        with open(path, "wb") as file:
            file.truncate(SLOT.size * (SLOT_COUNT + 1))
        self.path = path
        with open(path, "rb") as file:
            self.memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)

    def read(self, pids):
        """Allocations and bytes of these processes."""
        totals = [0, 0]
        for index in range(1, SLOT_COUNT + 1):
            pid, allocations, _, size = SLOT.unpack_from(self.memory, index * SLOT.size)
            if pid in pids:
                totals[0] += allocations
                totals[1] += size
        return totals


def count_allocations(bench, counters, proxy, case):
    """From the middle of a run, so that connections are made and pools full."""
    seconds = max(0.6, bench.seconds)
    one_load(bench, proxy, case, 0.2)
    pids = set(proxy.traffic_pids())
    load = bench.start_load(case.load + ["--address", "127.0.0.1:%d" % proxy.ports[case.kind],
                                         "--seconds", "%.2f" % seconds])
    try:
        time.sleep(seconds / 3)
        begin, before = time.monotonic(), counters.read(pids)
        time.sleep(seconds / 3)
        end, after = time.monotonic(), counters.read(pids)
        requests = bench.read_load(load)["rate"] * (end - begin)
    finally:
        load.stop()
    if after[0] == 0:
        raise proxies.Failure("its allocations cannot be counted")
    return {"each": (after[0] - before[0]) / requests, "bytes_each": (after[1] - before[1]) / requests}


def section_allocations(bench):
    rows = []
    cases = [case for case in all_cases() if case.key in ("keep-tiny", "keep-64k", "close-tiny",
                                                          "tls-tiny")]
    counters = Counters(os.path.join(bench.folder, "allocations"))
    preload = {"LD_PRELOAD": bench.program("malloc_count.so"), "BENCH_MALLOC_FILE": counters.path}
    with Fleet(bench, "allocations", environment=preload) as fleet:
        for case in cases:
            figures = {}
            for name, proxy in fleet.items():
                if case.kind not in proxy.kinds:
                    continue
                bench.say("allocations: %s of %s" % (case.title, name))
                try:
                    figures[name] = count_allocations(bench, counters, proxy, case)
                except (proxies.Failure, OSError) as error:
                    bench.note("allocations", name, error)
            rows.append({"case": case.key, "title": case.title, "proxies": figures})
    return {"rows": rows}


SECTIONS = {
    "cpu": section_cpu,
    "latency": section_latency,
    "rules": section_rules,
    "memory": section_memory,
    "change": section_change,
    "calls": section_calls,
    "allocations": section_allocations,
}

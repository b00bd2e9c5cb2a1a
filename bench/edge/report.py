# SPDX-License-Identifier: Apache-2.0
"""The tables of the edge benchmark, and what became of its aims."""

from sections import FLOOR, OURS

AIM_TCP = 0.85
AIM_UNIX = 0.70
AIM_P99 = 1.00
AIM_IDLE_BYTES = 1024
AIM_CHANGE_MS = 50
AIM_RULES = 1.10  # the time of the most by the time of ten
AIM_ALLOCATIONS = 0.01  # a request: none, but for what a connection or a timer may need


def number(value, digits=1):
    return "-" if value is None else f"{value:,.{digits}f}"


def row(*cells):
    print("| " + " | ".join(cells) + " |")


def head(first, *columns):
    row(first, *columns)
    print("|---|" + "---:|" * len(columns))


def get(figures, *keys):
    for key in keys:
        figures = figures.get(key) if figures else None
    return figures


def best_peer_ratio(ratios):
    """Ours by the better peer, which is the one that it is more of."""
    known = [value for name, value in (ratios or {}).items() if name != FLOOR and value]
    return max(known) if known else None


def ratio_cells(names, ratios):
    if OURS not in names:
        return []
    return [number(get(ratios, name), 2) for name in names if name != OURS]


def ratio_heads(names):
    return ["%s / %s" % (OURS, name) for name in names if name != OURS] if OURS in names else []


def print_cpu(names, result):
    print("\n## CPU time of the proxy, microseconds a request (of streams: a MiB)\n")
    head("", *names, *ratio_heads(names))
    for line in result["rows"]:
        row(line["title"], *(number(get(line, "proxies", name, "cpu_us")) for name in names),
            *ratio_cells(names, get(line, "ratios", "cpu_us")))
    print("\n## Requests (of streams: MiB) a second, as many as go\n")
    head("", *names, *ratio_heads(names))
    for line in result["rows"]:
        cells = []
        for name in names:
            busy = get(line, "proxies", name, "busy")
            mark = "*" if busy is not None and busy < 0.9 else ""
            cells.append(number(get(line, "proxies", name, "rate"), 0) + mark)
        row(line["title"], *cells, *ratio_cells(names, get(line, "ratios", "rate")))
    print("\n\\* the proxy was busy for less than 90 % of the time: generator and origin, which share "
          "the\n  other CPU, were the limit.")


def print_latency(names, result):
    for key in ("p50", "p99"):
        print("\n## Latency at 60 %% of the slowest one's most, from when it was due, microseconds, %s\n"
              % key)
        head("", "requests/s", *names, *ratio_heads(names))
        for line in result["rows"]:
            row(line["title"], number(line["rate"], 0),
                *(number(get(line, "proxies", name, key), 0) for name in names),
                *ratio_cells(names, get(line, "ratios", key)))
    print("\n## CPU microseconds a request at that rate, which is the same for all\n")
    head("", *names, *ratio_heads(names))
    for line in result["rows"]:
        row(line["title"], *(number(get(line, "proxies", name, "cpu_us")) for name in names),
            *ratio_cells(names, get(line, "ratios", "cpu_us")))


def print_rules(names, result):
    names = [name for name in names if name != FLOOR]
    print("\n## Rules: CPU microseconds a request, tiny; MiB of memory with so many\n")
    head("rules", *("%s us" % name for name in names), *("%s MiB" % name for name in names),
         *ratio_heads(names))
    for line in result["rows"]:
        row(number(line["rules"], 0),
            *(number(get(line, "proxies", name, "cpu_us")) for name in names),
            *(number(get(line, "pss", name) and line["pss"][name] / 2**20) for name in names),
            *ratio_cells(names, get(line, "ratios", "cpu_us")))
    print("\nA request with the most by one with the fewest: %s." % (", ".join(
        "%s %s" % (name, number(value, 2)) for name, value in result["growth"].items()) or "-"))


def print_memory(names, result):
    print("\n## Memory for idle connections, all processes of the proxy\n")
    head("", *names)
    for line in result["rows"]:
        what = "%s %s: " % (number(line["connections"], 0), line["title"])
        for key, title in (("pss_each", "bytes each, Pss"), ("private_each", "bytes each, private")):
            row(what + title, *(number(get(line, "proxies", name, key), 0) for name in names))
        for key in ("before", "after"):
            sizes = [get(line, "proxies", name, key, "pss") for name in names]
            row(what + "MiB %s, Pss" % key, *(number(size and size / 2**20) for size in sizes))


CHANGE_LINES = (
    ("served_ms", "until the change serves, ms, median", 1),
    ("served_worst_ms", "the longest, ms", 1),
    ("command_ms", "the command alone, ms, median", 1),
    ("repeated", "commands that had to be repeated, as nothing changed", 0),
    ("requests", "requests answered", 0),
    ("failed", "requests failed", 0),
    ("p99_us", "p99 of requests, us", 0),
    ("longest_us", "the longest request, us", 0),
    ("lost", "WebSockets lost, of 200", 0),
    ("echoes", "their messages echoed", 0),
    ("processes", "processes at the end", 0),
)


def print_change(names, result):
    names = [name for name in names if name != FLOOR]
    print("\n## %d changes of 1,000 rules under 2,000 requests/s and 200 WebSockets\n" %
          result["changes"])
    head("", *names)
    for key, title, digits in CHANGE_LINES:
        row(title, *(number(get(result, "proxies", name, key), digits) for name in names))
    for name in names:
        failures = get(result, "proxies", name, "failures") or {}
        kinds = ["%d %s" % (count, kind) for kind, count in failures.items() if count]
        if kinds:
            print("\n%s: %s" % (name, ", ".join(kinds)))


def print_calls(names, result):
    print("\n## System calls a request (strace -c -f)\n")
    head("", *names)
    for line in result["rows"]:
        row(line["title"], *(number(get(line, "proxies", name, "total"), 2) for name in names))
    for line in result["rows"]:
        print("\n%s:" % line["title"])
        for name in names:
            calls = get(line, "proxies", name, "calls") or {}
            most = sorted(calls.items(), key=lambda item: -item[1])
            print("    %-10s %s" % (name, ", ".join("%s %.2f" % item for item in most
                                                    if item[1] >= 0.005)))


def print_allocations(names, result):
    print("\n## Allocations a request (malloc and its like), and bytes of them\n")
    head("", *names, *("%s bytes" % name for name in names))
    for line in result["rows"]:
        row(line["title"],
            *(number(get(line, "proxies", name, "each"), 3) for name in names),
            *(number(get(line, "proxies", name, "bytes_each"), 0) for name in names))


PRINTERS = {
    "cpu": print_cpu,
    "latency": print_latency,
    "rules": print_rules,
    "memory": print_memory,
    "change": print_change,
    "calls": print_calls,
    "allocations": print_allocations,
}


# The aims. Each gives pairs of what was wanted and whether it was met, with the figure.


def verdict(aim, value, limit, figure):
    return {"aim": aim, "met": value is not None and value <= limit,
            "figure": figure if value is not None else "no figure"}


def judge_cpu(result):
    for line in result["rows"]:
        key, kind = line["case"], line["case"].split("-")[0]
        if key not in ("keep-tiny", "keep-1k", "unix-tiny", "unix-1k"):
            continue
        limit = AIM_UNIX if kind == "unix" else AIM_TCP
        value = best_peer_ratio(get(line, "ratios", "cpu_us"))
        yield verdict("CPU time, %s: at most %.2f of the better peer" % (line["title"], limit),
                      value, limit, number(value, 3))
        if key == "unix-tiny":
            value = best_peer_ratio(result["unix_by_tcp"])
            yield verdict("CPU time, %s: at most %.2f of the better peer over TCP" % (
                line["title"], limit), value, limit, number(value, 3))


def judge_latency(result):
    for line in result["rows"]:
        value = best_peer_ratio(get(line, "ratios", "p99"))
        yield verdict("p99, %s: no worse than the better peer's" % line["title"], value,
                      AIM_P99 + 0.005, "%s of it" % number(value, 2))


def judge_rules(result):
    counts = [line["rules"] for line in result["rows"]]
    least, most = min(counts), max(counts)
    value = get(result, "growth", OURS)
    yield verdict("%s rules route in the time of %s" % (number(most, 0), number(least, 0)), value,
                  AIM_RULES, "a request takes %s times as long" % number(value, 2))


def judge_memory(result):
    line = result["rows"][0]
    value = get(line, "proxies", OURS, "pss_each")
    yield verdict("at most %s bytes of memory for an idle connection" % number(AIM_IDLE_BYTES, 0),
                  value, AIM_IDLE_BYTES, "%s at %s connections" % (number(value, 0),
                                                                   number(line["connections"], 0)))


def judge_change(result):
    figures = get(result, "proxies", OURS) or {}
    value = figures.get("served_ms")
    yield verdict("a change of 1,000 rules in under %d ms" % AIM_CHANGE_MS, value, AIM_CHANGE_MS,
                  "%s ms, at most %s" % (number(value), number(figures.get("served_worst_ms"))))
    yield verdict("no request fails in a change", figures.get("failed"), 0,
                  "%s of %s" % (number(figures.get("failed"), 0),
                                number(figures.get("requests"), 0)))
    yield verdict("no WebSocket is lost in a change", figures.get("lost"), 0,
                  "%s of 200" % number(figures.get("lost"), 0))


def judge_allocations(result):
    for line in result["rows"]:
        if line["case"] != "keep-tiny":
            continue
        value = get(line, "proxies", OURS, "each")
        yield verdict("no allocation for a request", value, AIM_ALLOCATIONS,
                      "%s a request" % number(value, 4))


JUDGES = {
    "cpu": judge_cpu,
    "latency": judge_latency,
    "rules": judge_rules,
    "memory": judge_memory,
    "change": judge_change,
    "allocations": judge_allocations,
}


def verdicts_of(results):
    return [one for section, judge in JUDGES.items() if results.get(section)
            for one in judge(results[section])]


def print_report(names, results, notes, verdicts):
    for section, printer in PRINTERS.items():
        if results.get(section):
            printer(names, results[section])
    if notes:
        print("\n## What failed\n")
        for note in notes:
            print("- %s: %s: %s" % (note["section"], note["proxy"], note["reason"]))
    print()
    for one in verdicts:
        print("%s: %s: %s" % ("met" if one["met"] else "MISSED", one["aim"], one["figure"]))

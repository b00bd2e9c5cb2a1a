# SPDX-License-Identifier: Apache-2.0
"""Rates, what instances use, and the hour."""

import threading

from support.raw import PAUSE_SECONDS

ITEM = ("requests", "errors", "p50", "p95", "p99", "active", "open", "received", "sent")


class Load:
    def __init__(self, stack):
        self.stack = stack
        self.count = 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        connection = self.stack.keep_connection()
        while not self.is_over.wait(PAUSE_SECONDS):
            connection.request("GET", "/")
            connection.getresponse().read()
            self.count += 1

    def end(self):
        self.is_over.set()
        self.thread.join(30)


def test_rates_under_load(stack):
    stack.write_web(replicas=1)
    stack.up()
    stream = stack.live()
    edge = stream.beginning()["edge"]
    (listener,) = [one for one in edge["listeners"] if one["name"] == "web"]
    ids = (listener["id"], edge["groups"][0]["id"], edge["targets"][0]["id"])
    load = Load(stack)

    def is_busy(data):
        return all(data["items"].get(key, [0])[0] > 20 for key in ids)

    found = stream.named("rates", is_busy)
    stack.answer("all", 500)
    failing = stream.named("rates", lambda d: d["items"].get(ids[0], [0, 0])[1] > 10)
    load.end()
    item = dict(zip(ITEM, found["items"][ids[0]], strict=True))
    assert 0 < item["p50"] <= item["p95"] <= item["p99"] < 10_000_000
    assert item["errors"] == 0
    assert item["open"] >= 1
    assert item["sent"] > item["requests"] * 5
    assert failing["items"][ids[1]][1] > 10
    # It comes to rest: told once, and then no more.
    stream.named("rates", lambda d: d["items"].get(ids[0], [1])[0] == 0)
    stream.named("rates", lambda d: ids[1] not in d["items"])
    rates = [data for name, _, data in stream.seen if name == "rates"]
    assert all(after["time"] > before["time"] for before, after in zip(rates, rates[1:], strict=False))
    total = sum(data["items"].get(ids[1], [0])[0] for data in rates)
    assert abs(total - load.count) <= max(5, load.count * 0.25)


def test_usage(stack):
    stack.write_web(replicas=2)
    stack.up()
    stream = stack.live()
    stream.beginning()
    usage = stream.named("usage", lambda d: sorted(d["items"]) == stack.ids(), seconds=40)
    for cpu, memory, limit in usage["items"].values():
        assert 0 <= cpu < 200
        assert memory > 1_000_000
        assert limit >= 0
    # Who comes later has it from the start.
    other = stack.live()
    other.named("usage", lambda d: sorted(d["items"]) == stack.ids(), seconds=4)


def test_history_is_filled(stack):
    stack.write_web(replicas=2)
    stack.up()
    stream = stack.live()
    stream.beginning()
    load = Load(stack)
    stream.named("usage", lambda d: len(d["items"]) == 2, seconds=40)

    def find(kind, key, history):
        found = [one for one in history["series"] if one["kind"] == kind]
        return found and [value for one in found for value in one[key] if value is not None]

    def is_filled():
        history = stack.api("/v1/history?minutes=5")
        return (
            max(find("listener", "requests", history) or [0]) > 0
            and max(find("group", "p95_us", history) or [0]) > 0
            and find("service", "memory_bytes", history)
            and find("instance", "cpu_percent", history)
            and history
        )

    from support.stack import wait_until

    history = wait_until(is_filled, "a history of everything")
    load.end()
    assert history["step_s"] == 5
    for one in history["series"]:
        arrays = [value for value in one.values() if isinstance(value, list)]
        assert arrays
        assert {len(value) for value in arrays} == {60}
        assert (one["kind"] in ("service", "instance")) == ("cpu_percent" in one)
        assert one["project"] == "shop"
    assert {one["service"] for one in history["series"] if one["kind"] == "instance"} == {"web"}
    for one in stack.api("/v1/history")["series"]:
        assert {len(value) for value in one.values() if isinstance(value, list)} == {720}


def test_minutes_are_checked(stack):
    for minutes in ("0", "61", "x", "-1", "99999999999999999999999"):
        assert "minutes" in stack.api(f"/v1/history?minutes={minutes}")["error"]["message"]
    assert stack.api("/v1/history?minutes=1")["series"] == []

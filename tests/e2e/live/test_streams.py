# SPDX-License-Identifier: Apache-2.0
"""Streams that break, come again, are many, or do not read."""

import json
import os
import socket
import time

from support.binary import has_address_sanitizer
from support.stack import wait_until

STREAMS_MAX = 32
OWN_KIB_MAX = 12 * 1024


def of_kind(stream, name):
    return [(number, data) for kind, number, data in stream.seen if kind == name]


def up_and_restart(stack, times):
    for _ in range(times):
        stack.passes("restart", "web")


def test_resumes_without_loss_or_doubling(stack):
    stack.write_web(replicas=1)
    stack.up()
    first = stack.live("?after=0")
    first.beginning()
    seen = of_kind(first, "event")
    assert [data for _, data in seen] == stack.events()
    first.close()
    up_and_restart(stack, 1)
    second = stack.live(fields=(f"Last-Event-ID: {seen[-1][0]}",))
    second.beginning()
    stack.passes("restart", "web")
    wanted = stack.events()
    second.until(lambda n, d: n == "event" and d["sequence"] == wanted[-1]["sequence"], "the last event")
    seen += of_kind(second, "event")
    assert [data for _, data in seen] == wanted
    assert [number for number, _ in seen] == [event["sequence"] for event in wanted]


def test_without_a_number_only_new_ones_come(stack):
    stack.write_web(replicas=1)
    stack.up()
    before = stack.events()[-1]["sequence"]
    stream = stack.live()
    stream.beginning()
    stack.passes("restart", "web")
    stream.until(lambda n, d: n == "event" and d["type"] == "result", "a result")
    numbers = [number for number, _ in of_kind(stream, "event")]
    assert numbers[0] == before + 1
    assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_what_is_too_far_back_is_missed(stack):
    stack.write_web(replicas=1)
    stack.up()
    last = stack.events()[-1]["sequence"]
    stream = stack.live(f"?after={last + 5000}")
    stream.beginning()
    assert of_kind(stream, "missed") == [(last, {"after": last})]
    assert of_kind(stream, "event") == []


def test_there_is_a_limit(stack):
    streams = [stack.live() for _ in range(STREAMS_MAX)]
    assert {stream.status for stream in streams} == {200}
    refused = stack.live()
    assert refused.status == 503
    body = json.loads(refused.file.read())
    assert body == {"error": {"message": f"too many streams at once: {STREAMS_MAX} are open"}}
    for stream in streams:
        stream.beginning()
    streams[0].close()
    wait_until(lambda: stack.live().status == 200, "a place")


def test_all_are_told_the_same(stack):
    stack.write_web(replicas=1)
    streams = [stack.live() for _ in range(8)]
    for stream in streams:
        stream.beginning()
    stack.up()
    for stream in streams:
        stream.until(lambda n, d: n == "event" and d["type"] == "result", "a result")
    told = [of_kind(stream, "event") for stream in streams]
    assert told[0]
    assert all(one == told[0] for one in told)


def test_who_does_not_read_costs_little(stack):
    stack.write_web(replicas=2)
    stack.up()
    before = stack.live()
    before.beginning()
    pss = stack.control_pss_kib()
    lazy = []
    for _ in range(8):
        one = socket.socket(socket.AF_UNIX)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(str(stack.run_folder / "control.sock"))
        one.sendall(b"GET /v1/live?after=0 HTTP/1.1\r\nHost: x\r\n\r\n")
        lazy.append(one)
    before.named("usage", seconds=40)
    most = 0
    end = time.monotonic() + 12
    while time.monotonic() < end:
        before.named("rates")
        most = max(most, stack.control_pss_kib())
    assert most - pss < OWN_KIB_MAX or has_address_sanitizer()  # which keeps what was freed
    # Others are served meanwhile, and events come in time.
    stack.passes("restart", "web")
    before.until(lambda n, d: n == "event" and d["type"] == "result", "a result")
    for one in lazy:
        one.close()


def test_the_restart_of_control(stack):
    stack.write_web(replicas=2)
    stack.up()
    stream = stack.live("?after=0")
    stream.beginning()
    last = of_kind(stream, "event")[-1][0]
    stack.kill_control()
    assert stream.has_ended.wait(30)
    again = stack.live(f"?after={last}")
    found = again.beginning()
    assert found["edge"]["generation"] >= 1
    service = again.seen and found["projects"]["projects"][0]["services"]
    assert service[0]["replicas"] == 2
    assert sorted(one["id"] for one in found["instances"]["instances"]) == stack.ids()
    assert of_kind(again, "missed") == []


def test_control_ends_while_streams_are_open(stack):
    streams = [stack.live() for _ in range(3)]
    for stream in streams:
        stream.beginning()
    stack.end_daemon()
    for stream in streams:
        assert stream.has_ended.wait(30)


def test_there_is_a_sign_of_life(stack):
    stream = stack.live()
    stream.beginning()
    end = time.monotonic() + 30
    while stream.comments == 0:
        assert time.monotonic() < end
        stream.named("rates")


def test_nothing_is_held_when_nobody_looks(stack):
    stack.write_web(replicas=1)
    stack.up()

    def open_stores():
        folder = f"/proc/{stack.control}/fd"
        links = []
        for name in os.listdir(folder):
            try:
                links.append(os.readlink(f"{folder}/{name}"))
            except FileNotFoundError:
                pass
        return sum(link.endswith("/slipway.db-wal") for link in links)

    def is_at_rest(count):
        return wait_until(lambda: open_stores() == count, "rest", lambda: f"{open_stores()}, not {count}")

    # Those who did something for the deploy keep theirs for a few seconds.
    stable = {"count": None, "since": 0}

    def is_stable():
        count = open_stores()
        if count != stable["count"]:
            stable.update(count=count, since=time.monotonic())
        return time.monotonic() > stable["since"] + 6

    wait_until(is_stable, "as many stores as before")
    before = stable["count"]
    streams = [stack.live() for _ in range(2)]
    for stream in streams:
        stream.beginning()
    wait_until(lambda: open_stores() > before, "a store that is open")
    streams[0].close()
    streams[1].named("rates")
    assert open_stores() > before
    streams[1].close()
    is_at_rest(before)
    # And again, from the start.
    assert stack.live().beginning()["instances"]["whole"] is True

# SPDX-License-Identifier: Apache-2.0
"""More events than one can be told, and more than one reads. They are put into the store from outside,
as so many deploys would take too long."""

import contextlib
import json
import socket
import sqlite3
import time

from support.stack import PATIENCE_SECONDS

MISSED_MAX = 1000
STREAMS_KEPT_BYTES = 1 << 20


def add_events(stack, count, text=""):
    """Returns the number of the last one."""
    with contextlib.closing(sqlite3.connect(stack.state_folder / "slipway.db", timeout=PATIENCE_SECONDS)) as store:
        with store:
            for _ in range(count):
                store.execute(
                    "INSERT INTO events (time, project, deploy, text) VALUES (?, 'shop', 1, ?)",
                    (time.time_ns(), json.dumps({"type": "change", "text": text})),
                )
            return store.execute("SELECT max(sequence) FROM events").fetchone()[0]


def numbers(stream, kind="event"):
    return [number for name, number, _ in stream.seen if name == kind]


def test_a_thousand_are_told_and_one_more_is_not(stack):
    stack.write_web(replicas=1)
    stack.up()
    last = add_events(stack, MISSED_MAX)
    watching = stack.live(f"?after={last}")  # it knows of all of them
    watching.beginning()
    stream = stack.live(f"?after={last - MISSED_MAX}")
    stream.beginning()
    assert numbers(stream) == list(range(last - MISSED_MAX + 1, last + 1))
    assert numbers(stream, "missed") == []
    late = stack.live(fields=(f"Last-Event-ID: {last - MISSED_MAX - 1}",))
    late.beginning()
    assert [(number, data) for name, number, data in late.seen if name == "missed"] == [(last, {"after": last})]
    assert numbers(late) == []
    # From there on it is told again.
    assert add_events(stack, 1) == last + 1
    for one in (watching, stream, late):
        one.named("event", lambda d: d["sequence"] == last + 1)
        assert numbers(one)[-1] == last + 1


def test_who_does_not_read_is_cut_off_and_goes_on_later(stack):
    stack.write_web(replicas=1)
    stack.up()
    reading = stack.live("?after=0")
    reading.beginning()
    lazy = socket.socket(socket.AF_UNIX)
    lazy.settimeout(PATIENCE_SECONDS)
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lazy.connect(str(stack.run_folder / "control.sock"))
    lazy.sendall(b"GET /v1/live?after=0 HTTP/1.0\r\nHost: x\r\n\r\n")
    assert lazy.recv(1) == b"H"
    reading.named("rates")  # it has been welcomed by now, or begins with what follows
    last = 0
    for _ in range(4):
        last = add_events(stack, 10, "x" * (STREAMS_KEPT_BYTES // 10))
        reading.named("event", lambda d: d["sequence"] == last)
    data = b""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:  # to its end, though control goes on
        assert time.monotonic() < end, "it is not cut off"
        part = lazy.recv(1 << 16)
        if not part:
            break
        data += part
    lazy.close()
    reading.named("rates")
    ids = [int(line[4:]) for line in data.split(b"\n") if line.startswith(b"id: ")]
    assert ids == list(range(1, len(ids) + 1))
    assert ids[-1] < last
    # The last one may have been cut in its midst: a client counts what has ended.
    whole = data.rpartition(b"\n\n")[0]
    seen = [int(line[4:]) for line in whole.split(b"\n") if line.startswith(b"id: ")]
    again = stack.live(f"?after={seen[-1]}")
    again.beginning()
    again.until(lambda n, d: numbers(again)[-1:] == [last], "the rest")
    assert numbers(again) == list(range(seen[-1] + 1, last + 1))


def test_a_session_ends_with_its_socket(stack):
    """One that goes takes nothing with it, and the next is told the whole."""
    stack.write_web(replicas=1)
    stack.up()
    first, second = stack.live(), stack.live()
    first.beginning()
    second.beginning()
    first.close()
    add_events(stack, 1, "for the second")
    second.named("event", lambda d: d.get("text") == "for the second")
    second.close()
    third = stack.live()
    found = third.beginning()
    assert found["instances"]["whole"] is True
    assert [one["id"] for one in found["instances"]["instances"]] == stack.ids()
    assert numbers(third) == []

# SPDX-License-Identifier: Apache-2.0
"""Requests in doubt: what the client and the target may see of them, however the bytes are cut."""

import json
import os
import re
import select
import socket

from support.binary import REPOSITORY
from support.http1 import Malformed, Reader, Request, valid_part_of_chunks
from support.raw import WAIT, Client
from support.waiting import until

OWN = REPOSITORY / "tests" / "e2e" / "edge" / "bad_input"
SHARED = REPOSITORY.parent / "shared" / "cases" / "http-bad-inputs.jsonl"

GOOD = b"GET /good HTTP/1.1\r\nHost: a\r\n\r\n"
AFTER = b"GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

BYTEWISE_MAX = 400
CUTS_MAX = 20


class Row:
    def __init__(self, data):
        self.id = data["id"]
        raw = data["raw"]
        parts = [raw] if isinstance(raw, str) else raw
        self.raw = b"".join(
            part.encode("latin-1") if isinstance(part, str) else part[0].encode("latin-1") * part[1] for part in parts
        )
        status = data.get("status")
        self.statuses = [status] if isinstance(status, int) else status
        self.good = data.get("good", 0)
        self.is_fault_in_body = data.get("body", False)
        self.is_over_limit = data.get("over_limit", False)  # well-formed, but too much
        self.may_keep = data.get("keeps", False)
        self.sees = data.get("target_sees")
        self.answer_method = "HEAD" if self.raw.startswith(b"HEAD") else "GET"


def own_rows():
    with open(OWN / "requests.jsonl", encoding="utf-8") as file:
        return [Row(json.loads(line)) for line in file]


def shared_rows():
    """Those that are requests of HTTP/1; none where the file is not there."""
    if not SHARED.exists():
        return []
    with open(SHARED, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    rows = [row for row in rows if row["proto"] == "h1" and row["raw"] and not row["raw"].startswith("(origin)")]
    return [Row(complete(row)) for row in rows]


def complete(row):
    """What the text of the expectation says, as data."""
    statuses = sorted(set(map(int, re.findall(r"\b[45]\d\d\b", row["expect"]))))
    if row["id"] in WHAT_TARGETS_SEE:
        return {**row, "target_sees": WHAT_TARGETS_SEE[row["id"]]}
    assert statuses, row
    return {**row, "status": statuses, "body": row["id"].startswith("ck-"), "over_limit": "flood" in row["id"]}


WHAT_TARGETS_SEE = {
    "ck-zeros": {"body": "hello"},
    "conn-nominated": {"absent": ["x-secret"]},
    "obs-text-value": {"headers": {"x": "caf\xe9"}},
    "rl-absolute-match": {"target": "/", "host": "a"},
    "te-case": {"body": "", "header_is": {"transfer-encoding": "chunked"}},
    "te-hdr": {"only": {"te": "trailers"}},
    "te-name-underscore": {"absent": ["transfer_encoding", "transfer-encoding"], "body": "0\r\n\r\n"},
    "xff-spoof": {"headers": {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http"}, "absent": ["forwarded"]},
}


def interesting_cuts(raw):
    """Where bytes mean something: each tried as the end of a first piece."""
    places = {1, len(raw) - 1}
    for match in re.finditer(rb"[\r\n:; ,=\"\x00]", raw):
        places.update((match.start(), match.end()))
    places = sorted(place for place in places if 0 < place < len(raw))
    if len(places) > CUTS_MAX:
        step = len(places) / CUTS_MAX
        places = sorted({places[int(number * step)] for number in range(CUTS_MAX)} | {len(raw) - 1})
    return places


def ways_of_sending(raw):
    """Lists of pieces."""
    yield [raw]
    if len(raw) > 3000:
        for part in (2, 3):
            yield [raw[: len(raw) // part], raw[len(raw) // part :]]
        yield [raw[start : start + 1460] for start in range(0, len(raw), 1460)]
        return
    for cut in interesting_cuts(raw):
        yield [raw[:cut], raw[cut:]]
    if len(raw) <= BYTEWISE_MAX:
        yield [raw[at : at + 1] for at in range(len(raw))]


class Sending:
    def __init__(self, address, pieces, good_first=False):
        self.client = Client(address)
        self.pieces = pieces
        self.good_first = good_first
        self.description = f"{len(pieces)} pieces, the first of {len(pieces[0])} bytes, good first: {good_first}"
        if good_first:
            response = self.client.get("/good")
            assert response is not None and response.status == 200, response


def send_all(sendings):
    """A piece of each in turn, so that pieces arrive apart without waiting for each."""
    step = 0
    left = list(sendings)
    while left:
        for sending in left:
            sending.client.send(sending.pieces[step])
        step += 1
        left = [sending for sending in left if len(sending.pieces) > step]
        if len(left) > 1:
            select.select([sending.client.socket for sending in left], [], [], 0.0002)
        else:  # byte by byte: most of them arrive apart anyway
            os.sched_yield()


def is_from(connection, address):
    try:
        return connection.socket.getpeername() == address
    except OSError:
        return False


def has_unread(origin):
    poll = select.poll()
    for connection in origin.connections:
        if not connection.end and connection.socket.fileno() >= 0:
            poll.register(connection.socket, select.POLLIN)
    return poll.poll(0) != []


def settle(origin):
    """Until the origin has read what was sent to it before. Who connects now is taken in last."""
    with socket.create_connection(origin.bound) as last:
        own = last.getsockname()
        origin.wait(lambda: any(is_from(connection, own) for connection in origin.connections[-100:]))
        until(lambda: not has_unread(origin), WAIT, lambda: "an origin that does not read")


class Seen:
    """What an origin received since a moment, and nothing of before that comes late."""

    def __init__(self, origin):
        settle(origin)
        self.origin = origin
        self.places = [len(connection.received) for connection in origin.connections]

    def connections(self):
        """For each with something new: the connection, whole requests, and what was begun."""
        for number, connection in enumerate(self.origin.connections):
            start = self.places[number] if number < len(self.places) else 0
            data = bytes(connection.received[start:])
            if data:
                yield connection, *split_requests(data)


def split_requests(data):
    whole = []
    while data:
        parts = [data]
        reader = Reader(lambda: parts.pop() if parts else b"")
        try:
            request = reader.head(Request)
            request.body = reader.body(request.framing())
        except EOFError:
            return whole, data
        whole.append(request)
        data = reader.rest()
    return whole, b""


def check_refusal(edge, origin, row):
    address = edge.address()
    seen = Seen(origin)
    sendings = [Sending(address, pieces) for pieces in ways_of_sending(row.raw)]
    sendings.append(Sending(address, [row.raw], good_first=True))
    sendings.append(Sending(address, [GOOD + row.raw]))
    sendings[-1].behind_good = True
    send_all(sendings)
    for sending in sendings:
        check_client_of_refusal(sending, row)
        sending.client.close()
    # What goes on being served tells that nothing more is on its way.
    assert edge.get("/after", headers=[("Connection", "close")]).status == 200
    check_target_of_refusal(seen, row)


def check_client_of_refusal(sending, row):
    client, where = sending.client, sending.description
    for _ in range(row.good + hasattr(sending, "behind_good")):
        response = client.response()
        assert response is not None and response.status == 200, (where, response)
    response = client.response(row.answer_method)
    assert response is not None, f"closed without an answer: {where}, {client.end}"
    assert response.status in row.statuses, (where, response)
    if row.may_keep and not response.closes:
        return
    assert response.closes, (where, response.fields)
    rest = client.rest()
    assert rest == b"" and client.end == "closed", (where, client.end, rest)


def check_target_of_refusal(seen, row):
    for connection, whole, begun in seen.connections():
        assert b"smuggled" not in connection.received, connection.received
        for request in whole:
            assert request.target in ("/good", "/after"), request.raw
        if begun:
            assert row.is_fault_in_body, begun
            check_begun_request(begun, row)
            seen.origin.wait(lambda: connection.end, "the end of a connection with a request that was begun")


def check_begun_request(begun, row):
    """Its head, and nothing that stands behind the fault."""
    head, _, body = begun.partition(b"\r\n\r\n")
    assert b"\r\ntransfer-encoding: chunked" in head.lower(), begun
    data = b""
    while body:
        line, end, rest = body.partition(b"\r\n")
        if not end:
            break
        size = int(line, 16)
        assert size > 0, begun
        data += rest[:size]
        body = rest[size + 2 :]
    valid, is_whole = valid_part_of_chunks(row.raw.partition(b"\r\n\r\n")[2])
    assert row.is_over_limit or is_whole is not True, "the row is not at fault"
    assert valid.startswith(data), (data, valid)


def check_passing(edge, origin, row):
    for pieces in ways_of_sending(row.raw):
        seen = Seen(origin)
        sending = Sending(edge.address(), pieces)
        send_all([sending])
        response = sending.client.response(row.answer_method)
        assert response is not None and response.status == 200, (sending.description, response)
        sending.client.close()
        requests = []
        for _, whole, begun in seen.connections():
            assert not begun, begun
            requests += whole
        assert len(requests) == 1, requests
        check_what_was_seen(requests[0], row.sees)


def check_what_was_seen(request, sees):
    for key, wanted in sees.items():
        if key in ("method", "target"):
            assert getattr(request, key) == wanted, request.raw
        elif key == "target_length":
            assert len(request.target) == wanted
        elif key == "host":
            assert request.header("host") == wanted, request.raw
        elif key == "body":
            assert request.body == wanted.encode("latin-1"), request.body
        elif key == "body_length":
            assert len(request.body) == wanted
        elif key == "absent":
            assert not [name for name in wanted if request.all(name)], request.raw
        elif key in ("headers", "header_is"):
            for name, value in wanted.items():
                assert request.all(name) == [value], (name, request.raw)
        elif key == "only":
            for name, value in wanted.items():
                assert request.all(name) in ([], [value]), request.raw
        elif key == "count":
            for name, count in wanted.items():
                assert len(request.all(name)) == count
        else:
            raise Malformed(f"the row asks for {key}")

# SPDX-License-Identifier: Apache-2.0
"""Reads access logs."""

import json
import re

from support.edge import wait_until

NAMES = (
    "type time listener client target request_time target_time response_time status target_status "
    "received_bytes sent_bytes request user_agent tls_cipher tls_protocol group trace_id server_name "
    "certificate rule created actions redirect error targets target_statuses classification "
    "classification_reason connection_id"
).split()
FIELD = re.compile(r'"([^"]*)"|([^ "]+)')


class AccessLog:
    """Of the listener web of a project."""

    def __init__(self, edge, format="json"):
        self.format = format
        self.path = edge.folder / "access.log"
        self.settings = {"path": str(self.path), "format": format}

    def lines(self, count):
        """When as many are there."""
        wait_until(
            lambda: self.path.exists() and self.path.read_bytes().count(b"\n") >= count,
            lambda: f"{count} lines: {self.path.exists() and self.path.read_bytes()}",
        )
        data = self.path.read_bytes()
        assert data.isascii() and data.count(b"\n") == count, data
        return data.decode().splitlines()

    def records(self, count):
        """In the order of their requests: each thread writes its lines when it likes."""
        if self.format == "json":
            records = [json.loads(line) for line in self.lines(count)]
            assert all(list(record) == NAMES for record in records)
        else:
            records = [fields(line) for line in self.lines(count)]
        return sorted(records, key=lambda record: record["created"])


def fields(line):
    parts, at = [], 0
    while at <= len(line):
        match = FIELD.match(line, at)
        assert match, line[at:]
        parts.append(match[1] if match[1] is not None else match[2])
        at = match.end()
        assert at == len(line) or line[at] == " ", line[at:]
        at += 1
    assert len(parts) == len(NAMES), line
    return dict(zip(NAMES, parts))

# SPDX-License-Identifier: Apache-2.0
"""Answers in doubt, as rows: what the target says, and what the client may see of it."""

import json

from support.bad_input import OWN


class Answer:
    def __init__(self, data):
        self.id = data["id"]
        raw = data["raw"]
        parts = [raw] if isinstance(raw, str) else raw
        self.raw = b"".join(
            part.encode("latin-1") if isinstance(part, str) else part[0].encode("latin-1") * part[1] for part in parts
        )
        self.method = data.get("method", "GET")
        self.status = data.get("status", 502)
        self.body = data.get("client_sees")
        self.is_cut = data.get("cut", False)
        self.then_closes = data.get("closes", False)
        self.absent = data.get("absent", [])
        self.headers = data.get("headers", {})


def answers():
    with open(OWN / "answers.jsonl", encoding="utf-8") as file:
        return [Answer(json.loads(line)) for line in file]

# SPDX-License-Identifier: Apache-2.0
"""More than go on in one turn: all are answered, and they cost nothing while they wait."""

import os
import select
from pathlib import Path

from support.raw import request

MANY = 400


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_all_are_answered(edge, holding):
    origin = edge.origin(name="a")
    holding.up({"address": origin, "weight": 0})
    clients = [edge.connect() for _ in range(MANY)]
    for number, client in enumerate(clients):
        client.send(request(f"/{number}"))
    holding.wait_for(MANY)
    # All are woken, and there is nobody yet.
    holding.up({"address": origin, "weight": 0}, timeouts={"response": "50s"})
    pid = edge.daemon.pid_of("edge")
    before = cpu_seconds(pid)
    select.select([], [], [], 1)
    assert cpu_seconds(pid) - before < 0.08
    assert holding.waiting == MANY
    holding.up(origin)
    assert [client.response().body for client in clients] == [b"a"] * MANY
    assert len(origin.requests) == MANY

# SPDX-License-Identifier: Apache-2.0
"""1,000 rules change again and again while requests and WebSockets go on: nothing fails."""

import json
import threading

from support.raw import PAUSE_SECONDS
from support.websocket import echo_script, echoes, open_socket

RULES = 1000
CHANGES = 20


class Load(threading.Thread):
    """Requests one after another, by rules at all places of the list."""

    def __init__(self, edge, is_kept, number):
        super().__init__(daemon=True)
        self.edge, self.is_kept, self.number = edge, is_kept, number
        self.answered = 0
        self.failures = []
        self.is_over = threading.Event()

    def run(self):
        client = None
        while not self.is_over.wait(PAUSE_SECONDS) and len(self.failures) < 5:
            target = f"/rule-{(self.answered * 37 + self.number) % RULES}/x"
            try:
                client = client or self.edge.connect()
                response = client.get(target)
                if response is None or response.status != 200 or response.body != b"ok":
                    self.failures.append((target, response, client.end))
                    client = None
                else:
                    self.answered += 1
                    if not self.is_kept:
                        client.close()
                        client = None
            except OSError as error:
                self.failures.append((target, error))
                client = None


def rules(generation):
    """All of them differ from those of the generation before, and do the same."""
    return [
        {
            "name": f"rule-{number}",
            "when": {"path": f"/rule-{number}/*"},
            "forward": "app",
            "request_headers": {"set": {"X-Generation": str(generation)}},
        }
        for number in range(RULES)
    ]


def up(edge, origins, generation):
    project = edge.project(
        {"web": {"rules": rules(generation), "default": {"respond": {"status": 404}}}},
        {"app": {"targets": [*origins[:2], origins[2 + generation % 2]]}},
    )
    path = edge.folder / "large.yaml"
    path.write_text(json.dumps(project))  # which is YAML, too, and written faster
    result = edge.daemon.run("up", "-f", path)
    assert result.returncode == 0, result.stderr


def test_nothing_fails(edge):
    origins = [edge.origin(script=echo_script) for _ in range(4)]
    edge.forward(*origins[:2])
    sockets = [open_socket(edge) for _ in range(20)]
    up(edge, origins, 0)
    load = [Load(edge, number % 2 == 0, number) for number in range(2)]
    for one in load:
        one.start()
    try:
        for generation in range(1, CHANGES + 1):
            up(edge, origins, generation)
            for client in sockets:
                assert echoes(client, b"generation %d" % generation)
            seen = {edge.get("/rule-999/x").status for _ in range(3)}
            assert seen == {200}
    finally:
        for one in load:
            one.is_over.set()
        for one in load:
            one.join(20)
    assert not [failure for one in load for failure in one.failures]
    assert all(one.answered > CHANGES for one in load)
    last = [r for origin in origins for r in origin.requests if r.header("x-generation") == str(CHANGES)]
    assert last

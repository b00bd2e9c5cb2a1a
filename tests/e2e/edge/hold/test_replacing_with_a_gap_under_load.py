# SPDX-License-Identifier: Apache-2.0
"""The group is empty between an old target and its successor, again and again: nothing fails."""

import threading

from support.raw import PAUSE_SECONDS

GAPS = 15
CLIENTS = 8


class Load(threading.Thread):
    """Requests one after another, without and with a body."""

    def __init__(self, edge, number):
        super().__init__(daemon=True)
        self.edge, self.number = edge, number
        self.answered = 0
        self.failures = []
        self.is_over = threading.Event()

    def run(self):
        client = None
        while not self.is_over.wait(PAUSE_SECONDS) and not self.failures:
            try:
                client = client or self.edge.connect()
                is_post = (self.answered + self.number) % 3 == 0
                body = b"x" * 5000 if is_post else None
                response = client.get("/", method="POST" if is_post else "GET", body=body)
                if response is None or response.status != 200:
                    self.failures.append((response, client.end))
                self.answered += 1
                if self.number % 2:
                    client.close()
                    client = None
            except OSError as error:
                self.failures.append(error)


def test_nothing_fails(edge, holding):
    origins = edge.named_origins("0", "1")
    holding.up(origins[0])
    load = [Load(edge, number) for number in range(CLIENTS)]
    for thread in load:
        thread.start()
    try:
        for number in range(1, GAPS + 1):
            holding.up()
            holding.wait_for(CLIENTS)
            before = [thread.answered for thread in load]
            holding.up(origins[number % 2])
            origins[number % 2].wait(
                lambda before=before: all(t.answered > b for t, b in zip(load, before)) or any(t.failures for t in load)
            )
            assert edge.get().body == str(number % 2).encode()
    finally:
        for thread in load:
            thread.is_over.set()
        for thread in load:
            thread.join(20)
    assert not [failure for thread in load for failure in thread.failures]

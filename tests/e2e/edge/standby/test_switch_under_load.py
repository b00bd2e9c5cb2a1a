# SPDX-License-Identifier: Apache-2.0
"""All instances change places again and again while requests go on: nothing fails, and what is on
standby gets nothing."""

import threading

from support.checks import FAST, Patient
from support.raw import PAUSE_SECONDS

SWITCHES = 20


class Load(threading.Thread):
    def __init__(self, edge, is_kept):
        super().__init__(daemon=True)
        self.edge, self.is_kept = edge, is_kept
        self.answered = 0
        self.failures = []
        self.is_over = threading.Event()

    def run(self):
        client = None
        while not self.is_over.wait(PAUSE_SECONDS) and len(self.failures) < 5:
            try:
                client = client or self.edge.connect()
                response = client.get("/")
                if response is None or response.status != 200:
                    self.failures.append((response, client.end))
                    client = None
                else:
                    self.answered += 1
                    if not self.is_kept:
                        client.close()
                        client = None
            except OSError as error:
                self.failures.append(error)
                client = None


def test_nothing_fails(edge, deploying):
    one = [Patient(edge, "one") for _ in range(2)]
    other = [Patient(edge, "other") for _ in range(2)]
    sides = [{f"{name}{i}": patient.origin for i, patient in enumerate(side)} for name, side in (("a", one), ("b", other))]
    deploying.put(sides[0], sides[1], {"slow_start": "30s"}, {"health": FAST})
    edge.wait_for_state("healthy", *sides[1].values(), group="api@next")
    load = [Load(edge, kept) for kept in (True, False)]
    for thread in load:
        thread.start()
    try:
        for number in range(1, SWITCHES + 1):
            deploying.put(sides[number % 2], sides[1 - number % 2], {"slow_start": "30s"}, {"health": FAST})
            serving, waiting = (other, one) if number % 2 else (one, other)
            assert {edge.get().body for _ in range(4)} == {serving[0].name.encode()}
            del waiting
    finally:
        for thread in load:
            thread.is_over.set()
        for thread in load:
            thread.join(20)
    assert not [failure for thread in load for failure in thread.failures]
    assert all(thread.answered > SWITCHES for thread in load)

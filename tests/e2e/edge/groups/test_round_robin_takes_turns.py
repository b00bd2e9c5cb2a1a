# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from concurrent.futures import ThreadPoolExecutor


def test_every_target_has_its_turn_whoever_asks(edge):
    origins = edge.named_origins("a", "b", "c")
    edge.forward(*origins)
    answers = [edge.get().body for _ in range(9)]
    assert answers[:3] == answers[3:6] == answers[6:]
    assert sorted(answers[:3]) == [b"a", b"b", b"c"]


def test_turns_are_exact_over_all_threads(edge):
    edge.forward(*edge.named_origins("a", "b", "c"))

    def client(_):
        with edge.connect() as one:
            return [one.get().body for _ in range(30)]

    with ThreadPoolExecutor(6) as pool:
        counts = Counter(body for bodies in pool.map(client, range(6)) for body in bodies)
    assert counts == {b"a": 60, b"b": 60, b"c": 60}

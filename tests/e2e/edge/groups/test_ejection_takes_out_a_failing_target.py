# SPDX-License-Identifier: Apache-2.0

from support.edge import wait_until
from support.origin import answer


def failing_and_good(edge, ejection):
    bad = edge.origin(lambda request: answer(b"bad", 500))
    good = edge.origin(name="good")
    edge.forward(bad, good, group={"ejection": ejection})
    return bad, good


def test_after_failures_in_a_row(edge):
    bad, _ = failing_and_good(edge, {"failures": 3, "for": "1m"})
    with edge.connect() as client:
        statuses = [client.get().status for _ in range(30)]
    assert statuses.count(500) == 3
    assert set(statuses[-20:]) == {200}
    target = edge.targets()[bad.address]
    assert target["state"] == "unhealthy", target
    wait_until(lambda: edge.statistics("groups", "app")["ejections"] == 1)


def test_broken_connections_count(edge):
    bad = edge.origin(script=lambda connection: connection.request())
    good = edge.origin(name="good")
    edge.forward(bad, good, group={"ejection": {"failures": 3, "for": "1m"}, "retries": {"attempts": 0}})
    statuses = [edge.get().status for _ in range(20)]
    assert statuses.count(502) == 3


def test_a_success_in_between_begins_anew(edge):
    count = []

    def sometimes(request):
        count.append(1)
        return answer(b"x", 500 if len(count) % 3 else 200)

    bad, good = edge.origin(sometimes), edge.origin(name="good")
    edge.forward(bad, good, group={"ejection": {"failures": 3, "for": "1m"}})
    for _ in range(40):
        edge.get()
    assert len(count) == 20


def test_comes_back(edge):
    bad, _ = failing_and_good(edge, {"failures": 2, "for": "1s"})
    for _ in range(8):
        edge.get()
    assert len(bad.requests) == 2
    bad.respond = lambda request: answer(b"better")
    wait_until(lambda: edge.get().body == b"better")
    assert edge.targets()[bad.address]["state"] != "unhealthy"

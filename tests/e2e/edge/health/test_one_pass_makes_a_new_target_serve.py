# SPDX-License-Identifier: Apache-2.0

import threading

from support.checks import FAST, Patient
from support.origin import answer


def test_first_check_comes_at_once_and_suffices(edge):
    patient = Patient(edge, "a")
    edge.forward(patient.origin, group={"health": {**FAST, "interval": "5m", "healthy": 10}})
    edge.wait_for_state("healthy", patient.origin)
    assert len(patient.checks) == 1
    assert edge.get().body == b"a"


def test_nothing_is_sent_before(edge):
    """As long as the first check is not answered: the new one gets nothing, the old one all."""
    release = threading.Event()

    def respond(request):
        if request.target == "/up":
            release.wait(20)
        return answer(b"new")

    old = Patient(edge, "old")
    health = {"path": "/up", "interval": "30s", "timeout": "20s"}
    edge.forward(old.origin, group={"health": health})
    edge.wait_for_state("healthy", old.origin)
    new = edge.origin(respond)
    edge.forward(old.origin, new, group={"health": health})
    new.wait_for_requests()
    assert edge.states()[new.address] == "initial"
    assert {edge.get().body for _ in range(10)} == {b"old"}
    release.set()
    edge.wait_for_state("healthy", new)
    assert {edge.get().body for _ in range(4)} == {b"old", b"new"}


def test_alone_it_gets_nothing_either(edge):
    patient = Patient(edge, "a", status=500)
    group = {"health": {**FAST, "interval": "5m"}, "timeouts": {"connect": "200ms"}}
    edge.forward(patient.origin, group=group)
    patient.origin.wait_for_requests()
    assert edge.get().status == 503
    assert not patient.traffic


def test_requests_wait_a_moment_for_it(edge):
    """Those that come while the first check of the only target is still out."""
    release = threading.Event()

    def respond(request):
        if request.target == "/up":
            release.wait(20)
        return answer(b"new")

    origin = edge.origin(respond)
    edge.forward(origin, group={"health": {"path": "/up", "interval": "30s", "timeout": "20s"}})
    client = edge.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    origin.wait_for_requests()
    assert not client.has_something(0.05)
    release.set()
    assert client.response().body == b"new"

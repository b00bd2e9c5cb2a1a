# SPDX-License-Identifier: Apache-2.0

import threading

import pytest
from support.checks import Patient
from support.origin import answer


def answers_of(clients):
    return [client.response().body for client in clients]


def test_group_without_targets(edge, holding):
    origin = edge.origin(lambda request: answer(request.target.encode()))
    holding.up()
    clients = holding.ask("/1", "/2", "/3")
    holding.up(origin)
    assert answers_of(clients) == [b"/1", b"/2", b"/3"]
    assert holding.waiting == 0
    assert edge.get("/4").body == b"/4"


def test_targets_are_replaced_with_a_gap(edge, holding):
    old, new = edge.named_origins("old", "new")
    holding.up(old)
    assert edge.get().body == b"old"
    holding.up()
    clients = holding.ask("/1", "/2")
    holding.up({"address": new, "weight": 0})
    holding.up({"address": new, "weight": 0}, timeouts={"response": "5s"})
    assert holding.waiting == 2
    holding.up(new)
    assert answers_of(clients) == [b"new", b"new"]
    assert len(old.requests) == 1


@pytest.mark.parametrize("action", ["drain", "disable"])
def test_operator_takes_it_out_and_lets_it_in(edge, holding, action):
    origin = edge.origin(name="a")
    holding.up(origin)
    edge.steer(origin, action)
    (client,) = holding.ask("/")
    edge.steer(origin, "enable")
    assert client.response().body == b"a"


def test_operator_gives_it_a_weight(edge, holding):
    origin = edge.origin(name="a")
    holding.up({"address": origin, "weight": 0})
    (client,) = holding.ask("/")
    edge.steer(origin, "weight", "1")
    assert client.response().body == b"a"


def test_new_target_that_does_not_pass_yet(edge, holding):
    """Longer than a connection may take."""
    patient = Patient(edge, "a", status=503)
    group = {"health": {"path": "/up", "interval": "5m"}, "timeouts": {"connect": "100ms"}}
    holding.up(patient.origin, **group)
    (client,) = holding.ask("/")
    patient.origin.wait(lambda: len(patient.checks) >= 3, "a third check")
    assert not client.has_something(0)
    patient.status = 200
    assert client.response().body == b"a"


def test_unhealthy_targets_are_not_waited_for(edge, holding):
    patient = Patient(edge, "a", status=503)
    holding.up(patient.origin, health={"path": "/up", "unhealthy": 1})
    edge.wait_for_state("unhealthy", patient.origin)
    assert edge.get().body == b"a"


def test_request_whose_target_has_just_gone(edge, holding):
    """It was sent, and may be sent again: to whoever comes."""
    release = threading.Event()

    def script(connection):
        connection.request()
        release.wait(20)

    old, new = edge.origin(script=script), edge.origin(name="new")
    holding.up(old)
    client = edge.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    old.wait_for_requests(1)
    holding.up()
    release.set()
    holding.wait_for(1)
    holding.up(new)
    assert client.response().body == b"new"


def test_body_comes_after_the_wait(edge, holding):
    origin = edge.origin(lambda request: answer(request.body))
    holding.up()
    client = edge.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
    holding.wait_for(1)
    holding.up(origin)
    client.send(b"world")
    assert client.response().body == b"helloworld"


def test_with_a_limit_of_connections(edge, holding):
    """Those that were held for long find their turn."""
    origin = edge.origin(lambda request: answer(request.target.encode()))
    group = {"limits": {"connections": 1}, "timeouts": {"connect": "2s"}}
    holding.up(**group)
    clients = holding.ask(*[f"/{number}" for number in range(12)])
    holding.up(origin, **group)
    assert answers_of(clients) == [f"/{number}".encode() for number in range(12)]
    # In their order, but that each of the two threads has one of its own.
    places = {request.target: place for place, request in enumerate(origin.requests)}
    assert len(places) == 12

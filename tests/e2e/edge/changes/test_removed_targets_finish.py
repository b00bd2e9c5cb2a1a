# SPDX-License-Identifier: Apache-2.0

import threading

from support.origin import answer
from support.websocket import echo_script, echoes, open_socket


def test_request_in_flight_is_answered(edge):
    release = threading.Event()

    def wait(request):
        if request.target == "/slow":
            release.wait(20)
        return answer(b"old")

    old, new = edge.origin(wait), edge.origin(name="new")
    edge.forward(old)
    slow = edge.connect()
    slow.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    old.wait_for_requests()
    edge.forward(new)
    assert {edge.get().body for _ in range(5)} == {b"new"}
    release.set()
    assert slow.response().body == b"old"
    assert old.wait_for_end() == "closed"  # it is not kept
    assert slow.get().body == b"new"


def test_idle_connections_are_closed_at_once(edge):
    old, new = edge.named_origins("old", "new")
    edge.forward(old)
    with edge.connect() as client:
        client.get()
        edge.forward(new)
        assert old.wait_for_end() == "closed"
        assert client.get().body == b"new"


def test_what_is_not_done_in_time_is_cut(edge):
    old, new = edge.origin(script=echo_script), edge.origin(name="new")
    edge.forward(old, group={"drain": "1s"})
    client = open_socket(edge)
    edge.forward(new, group={"drain": "1s"})
    assert echoes(client, b"still here")
    client.rest()
    assert client.end
    assert old.wait_for_end()


def test_drain_of_nothing_cuts_at_once(edge):
    old, new = edge.origin(script=echo_script), edge.origin(name="new")
    edge.forward(old, group={"drain": "0s"})
    client = open_socket(edge)
    edge.forward(new, group={"drain": "0s"})
    client.rest()
    assert client.end


def test_target_that_comes_back_is_used_again(edge):
    one, two = edge.named_origins("one", "two")
    for _ in range(3):
        edge.forward(one)
        assert edge.get().body == b"one"
        edge.forward(two)
        assert edge.get().body == b"two"

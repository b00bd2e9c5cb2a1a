# SPDX-License-Identifier: Apache-2.0

import threading

from support.origin import answer
from support.websocket import echo_script, echoes, open_socket


def test_nothing_new_and_what_it_has_is_finished(edge):
    release = threading.Event()

    def wait(request):
        if request.target == "/slow":
            release.wait(20)
        return answer(b"one")

    one = edge.origin(wait)
    edge.forward(one)
    slow = edge.connect()
    slow.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    one.wait_for_requests()
    two = edge.origin(name="two")
    edge.forward(one, two)
    edge.steer(one, "drain")
    assert {edge.get().body for _ in range(10)} == {b"two"}
    assert edge.states()[one.address] == "draining"
    release.set()
    assert slow.response().body == b"one"
    assert len(one.requests) == 1


def test_websocket_stays_within_the_time(edge):
    one, two = edge.origin(script=echo_script), edge.origin(name="two")
    edge.forward(one)
    client = open_socket(edge)
    edge.forward(one, two)
    edge.steer(one, "drain")
    assert echoes(client, b"still here")


def test_alone_it_leaves_nobody(edge):
    one = edge.origin(name="one")
    edge.forward(one)
    edge.steer(one, "drain")
    assert edge.get().status == 503
    assert not one.requests


def test_sticky_clients_go_elsewhere(edge):
    one, two = edge.named_origins("one", "two")
    edge.forward(one, two, group={"stickiness": {"ttl": "1h"}})
    first = edge.get()
    cookie = {"Cookie": first.header("set-cookie").split(";")[0]}
    edge.steer(one if first.body == b"one" else two, "drain")
    assert edge.get(headers=cookie).body != first.body

# SPDX-License-Identifier: Apache-2.0

import socket

from support.origin import answer
from support.raw import request


def silent(connection):
    connection.request()
    connection.rest()


def test_no_answer_in_time(edge):
    origin = edge.origin(script=silent)
    edge.forward(origin, group={"timeouts": {"response": "200ms"}})
    client = edge.connect()
    assert client.get(method="POST", body=b"x").status == 504
    assert origin.wait_for_end() in ("closed", "reset")
    assert len(origin.connections) == 1
    # The client did nothing wrong: its connection goes on.
    assert client.get(method="POST", body=b"x").status == 504


def test_time_runs_from_the_end_of_the_request(edge):
    """A slow client does not use up the target's time."""
    origin = edge.origin(lambda request: answer(request.body))
    edge.forward(origin, group={"timeouts": {"response": "300ms"}})
    client = edge.connect()
    client.send(request("/", "a", {"Content-Length": "10"}, "POST") + b"hello")
    assert not client.has_something(0.7)
    client.send(b"world")
    assert client.response().body == b"helloworld"


def test_connection_that_is_not_accepted(edge):
    """A listening socket whose queue is full lets connections hang."""
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
    group = {"timeouts": {"connect": "200ms"}, "retries": {"attempts": 0}}
    edge.forward("127.0.0.1:%d" % full.getsockname()[1], group=group)
    assert edge.get().status == 504
    for item in [full, *fillers]:
        item.close()

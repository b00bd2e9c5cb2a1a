# SPDX-License-Identifier: Apache-2.0
"""Whatever else changes, what is open goes on: the same connection to the same target."""

import threading

from support.websocket import echo_script, echoes, open_socket


def changes(edge, *targets):
    """One after the other: a group, a rule, settings, a listener, a target."""
    app = {"targets": list(targets)}
    more = edge.origin(name="more")
    yield lambda: edge.up({"web": {"default": {"forward": "app"}}}, {"app": app, "more": {"targets": [more]}})
    rules = [{"name": "more", "when": {"path": "/more"}, "forward": "more"}]
    web = {"rules": rules, "default": {"forward": "app"}}
    yield lambda: edge.up({"web": web}, {"app": app, "more": {"targets": [more]}})
    web = {**web, "timeouts": {"idle": "50s"}}
    yield lambda: edge.up({"web": web}, {"app": app, "more": {"targets": [more]}})
    both = {"web": web, "other": {"default": {"forward": "more"}}}
    yield lambda: edge.up(both, {"app": app, "more": {"targets": [more]}})
    app = {"targets": [*targets, more], "algorithm": "least_outstanding"}
    yield lambda: edge.up({"web": web}, {"app": app, "more": {"targets": [more]}})


def test_websockets(edge):
    origin = edge.origin(script=echo_script)
    edge.forward(origin)
    sockets = [open_socket(edge) for _ in range(4)]
    for number, change in enumerate(changes(edge, origin)):
        change()
        for client in sockets:
            assert echoes(client, b"number %d" % number)
    assert all(connection.end is None for connection in origin.connections)


def test_uploads_and_downloads(edge):
    release = threading.Event()

    def respond(connection):
        request = connection.head()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nfirst ")
        connection.body(request)
        release.wait(20)
        connection.send(b"second")
        connection.rest()

    origin = edge.origin(script=respond)
    edge.forward(origin)
    client = edge.connect()
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n")
    head = client.head()
    for number, change in enumerate(changes(edge, origin)):
        change()
        client.send(b"%d" % number)
    client.send(b"5")
    release.set()
    client.read_body(head)
    assert client.reader.buffer == b"" and head.body == b"first second"
    origin.wait(lambda: origin.requests[0].body == b"012345")


def test_connections_that_are_kept(edge):
    origin = edge.origin(name="a")
    edge.forward(origin)
    client = edge.connect()
    assert client.get().status == 200
    for change in changes(edge, origin):
        change()
        response = client.get("/app")
        assert response.status == 200 and not response.closes


def test_a_head_that_has_half_come(edge):
    origin = edge.origin(name="a")
    edge.forward(origin)
    client = edge.connect()
    text = b"GET /half HTTP/1.1\r\nHost: a\r\n\r\n"
    for number, change in enumerate(changes(edge, origin)):
        client.send(text[number : number + 1])
        change()
    client.send(text[5:])
    assert client.response().status == 200

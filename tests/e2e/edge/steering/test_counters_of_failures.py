# SPDX-License-Identifier: Apache-2.0

from support.edge import wait_until
from support.origin import answer


def test_refused_connections(edge):
    gone, here = edge.named_origins("gone", "here")
    edge.forward(gone, here)
    gone.stop_listening()
    for _ in range(4):
        assert edge.get().status == 200
    wait_until(lambda: edge.statistics("targets", gone.address)["connection_errors"] == 2)  # at its turns
    group = edge.statistics("groups", "app")
    assert (group["connection_errors"], group["retries"]) == (2, 2)


def test_broken_answers(edge):
    def half(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    origin = edge.origin(script=half)
    edge.forward(origin)
    with edge.connect() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        client.rest()
    wait_until(lambda: edge.statistics("targets", origin.address)["resets"] == 1)
    wait_until(lambda: edge.statistics("groups", "app")["resets"] == 1)


def test_late_answers(edge):
    def silent(connection):
        connection.request()
        connection.rest()

    origin = edge.origin(script=silent)
    edge.forward(origin, group={"timeouts": {"response": "100ms"}, "retries": {"attempts": 0}})
    assert edge.get().status == 504
    wait_until(lambda: edge.statistics("targets", origin.address)["timeouts"] == 1)
    wait_until(lambda: edge.statistics("groups", "app")["timeouts"] == 1)


def test_nothing_is_left_active(edge):
    """Whatever ends in whatever way: the gauges come back to nothing."""

    def respond(connection):
        while True:
            request = connection.request()
            if request is None or request.target == "/break":
                return
            if request.target == "/hang":
                connection.rest()
                return
            connection.send(answer(b"x" * 1000))

    origin = edge.origin(script=respond)
    edge.forward(origin, group={"retries": {"attempts": 0}})
    for number, target in enumerate(("/", "/break", "/hang", "/hang", "/")):
        client = edge.connect()
        client.send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        origin.wait_for_requests(number + 1)
        client.reset()
    for kind, name in (("listeners", "web"), ("groups", "app"), ("targets", origin.address)):
        wait_until(lambda: edge.statistics(kind, name)["active"] == 0, lambda: edge.statistics(kind, name))
    wait_until(lambda: edge.statistics("listeners", "web")["open_connections"] == 0)

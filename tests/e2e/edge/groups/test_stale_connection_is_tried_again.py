# SPDX-License-Identifier: Apache-2.0
"""A target closes a connection that was kept, just when a request comes."""

import pytest

from support.origin import answer


def closes_unanswered(connection):
    """Answers the first request of each connection; closes when the second has come."""
    request = connection.request()
    if request is not None:
        connection.send(answer(b"first" if request.method != "HEAD" else b""))
        connection.request()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_safe_to_repeat(edge, method):
    origin = edge.origin(script=closes_unanswered)
    edge.forward(origin, group={"retries": {"percent": 100}})
    with edge.connect() as client:
        for _ in range(4):
            response = client.get(method=method)
            assert response.status == 200
    assert len(origin.connections) == 4
    assert len(origin.requests) == 7  # each but the first twice


def test_not_a_post_that_was_sent(edge):
    origin = edge.origin(script=closes_unanswered)
    edge.forward(origin)
    with edge.connect() as client:
        assert client.get().status == 200
        assert client.get(method="POST", body=b"pay").status == 502
    assert [request.method for request in origin.requests] == ["GET", "POST"]


def test_not_what_was_half_answered(edge):
    def half(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    origin = edge.origin(script=half)
    edge.forward(origin)
    with edge.connect() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        head = client.head()
        assert head.status == 200
        assert client.rest() == b"half"
    assert len(origin.requests) == 1


def test_connection_that_was_closed_before_costs_nothing(edge):
    """Closed while nobody used it: it is noticed, and not even a POST is lost."""

    def once(connection):
        connection.request()
        connection.send(answer(b"ok"))

    origin = edge.origin(script=once)
    edge.forward(origin)
    with edge.connect() as client:
        for _ in range(10):
            response = client.get(method="POST", body=b"pay")
            assert response.status == 200
            origin.wait_for_end(len(origin.connections) - 1)
    assert len(origin.requests) == 10

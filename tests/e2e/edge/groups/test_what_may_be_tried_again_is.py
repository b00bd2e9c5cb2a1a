# SPDX-License-Identifier: Apache-2.0
"""A request is tried elsewhere where nothing was answered and asking twice does no harm."""

from support.origin import answer


def breaking(edge):
    """Takes a request and breaks off without a word."""

    def script(connection):
        connection.request()

    return edge.origin(script=script)


def refusing(edge):
    origin = edge.origin()
    origin.stop_listening()
    return origin


def test_refused_connection_is_tried_elsewhere_with_any_method(edge):
    good = edge.origin(name="good")
    edge.forward(refusing(edge), good, group={"retries": {"percent": 100}})
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        for _ in range(4):
            response = edge.get(method=method, body=b"hello")
            assert (response.status, response.body) == (200, b"good"), method
    assert all(request.body == b"hello" for request in good.requests)


def test_request_broken_off_is_tried_again_where_it_is_idempotent(edge):
    bad, good = breaking(edge), edge.origin(name="good")
    edge.forward(bad, good, group={"retries": {"percent": 100}})
    for method in ("GET", "DELETE", "PUT", "OPTIONS"):
        for _ in range(2):
            assert edge.get(method=method).status == 200, method
    assert len(bad.requests) == 4 and len(good.requests) == 8


def test_post_that_was_sent_is_never_sent_again(edge):
    bad, good = breaking(edge), edge.origin(name="good")
    edge.forward(bad, good, group={"retries": {"percent": 100, "attempts": 5}})
    statuses = [edge.get(method="POST").status for _ in range(6)]
    assert sorted(statuses) == [200] * 3 + [502] * 3
    assert len(bad.requests) == 3 and len(good.requests) == 3


def test_request_with_a_body_that_was_sent_is_not_sent_again(edge):
    bad, good = breaking(edge), edge.origin(name="good")
    edge.forward(bad, good, group={"retries": {"percent": 100}})
    statuses = [edge.get(method="PUT", body=b"hello").status for _ in range(4)]
    assert sorted(statuses) == [200, 200, 502, 502]
    assert len(bad.requests) == 2 and len(good.requests) == 2


def test_answer_of_a_target_is_never_tried_again(edge):
    failing, good = edge.origin(lambda request: answer(b"broken", 500)), edge.origin(name="good")
    edge.forward(failing, good)
    assert sorted(edge.get().status for _ in range(6)) == [200] * 3 + [500] * 3


def test_answer_that_began_is_not_tried_again(edge):
    def script(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Le")

    bad, good = edge.origin(script=script), edge.origin(name="good")
    edge.forward(bad, good)
    assert sorted(edge.get().status for _ in range(4)) == [200, 200, 502, 502]


def test_attempts_are_counted(edge):
    origins = [breaking(edge) for _ in range(5)]
    edge.forward(*origins, group={"retries": {"percent": 100, "attempts": 2}})
    assert edge.get().status == 502
    assert sum(len(origin.requests) for origin in origins) == 3
    # Each at another target.
    assert max(len(origin.requests) for origin in origins) == 1


def test_none_may_be_wanted(edge):
    edge.forward(refusing(edge), edge.origin(), group={"retries": {"attempts": 0}})
    assert sorted(edge.get().status for _ in range(6)) == [200] * 3 + [502] * 3


def test_retries_have_a_budget(edge):
    """A few for a start, then a share of what goes well: here nothing does."""
    origins = [breaking(edge) for _ in range(2)]
    edge.forward(*origins, group={"retries": {"percent": 10, "attempts": 2}})
    for _ in range(100):
        assert edge.get().status == 502
    assert sum(len(origin.requests) for origin in origins) < 150

# SPDX-License-Identifier: Apache-2.0

from support.edge import wait_until


def test_of_a_listener(edge):
    origin = edge.origin(name="a")
    edge.forward(origin, limits={"requests": [{"rate": "2/m", "burst": 3}]})
    with edge.connect() as client:
        assert [client.get().status for _ in range(3)] == [200] * 3
        refused = client.get()
        assert refused.status == 429
        assert 1 <= int(refused.header("retry-after")) <= 30
        assert not refused.closes
        assert client.get().status == 429  # on the same connection
    assert len(origin.requests) == 3


def test_of_a_rule(edge):
    origin = edge.origin(name="a")
    rule = {"name": "login", "when": {"path": "/login"}, "forward": "app"}
    edge.forward(origin, rules=[{**rule, "limits": [{"rate": "1/m", "burst": 1}]}])
    assert [edge.get("/login").status for _ in range(3)] == [200, 429, 429]
    assert [edge.get("/").status for _ in range(3)] == [200] * 3


def test_burst_is_the_rate_when_not_given(edge):
    edge.forward(edge.origin(name="a"), limits={"requests": [{"rate": "5/h"}]})
    assert [edge.get().status for _ in range(7)] == [200] * 5 + [429] * 2


def test_all_of_several_must_agree(edge):
    edge.forward(
        edge.origin(name="a"),
        limits={"requests": [{"rate": "100/m"}, {"by": "header", "name": "X-Key", "rate": "2/h"}]},
    )
    assert [edge.get(headers={"X-Key": "k"}).status for _ in range(3)] == [200, 200, 429]
    assert edge.get(headers={"X-Key": "l"}).status == 200


def test_a_body_that_is_refused_leaves_no_request_behind(edge):
    """What was meant as a body is never taken for the next request."""
    origin = edge.origin(name="a")
    edge.forward(origin, limits={"requests": [{"rate": "1/h"}]})
    assert edge.get().status == 200
    with edge.connect() as client:
        body = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
        assert client.get(method="POST", body=body).status == 429
        rest = client.get("/second")
        assert rest is None or rest.status == 429
    assert len(origin.requests) == 1


def test_tokens_come_back(edge):
    edge.forward(edge.origin(name="a"), limits={"requests": [{"rate": "20/s", "burst": 1}]})
    assert edge.get().status == 200
    wait_until(lambda: edge.get().status == 200)

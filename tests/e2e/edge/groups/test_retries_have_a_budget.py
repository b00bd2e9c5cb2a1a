# SPDX-License-Identifier: Apache-2.0


from support.edge import wait_until

def closing_origins(edge):
    """Which answer nothing."""
    return [edge.origin(script=lambda connection: connection.request()) for _ in range(4)]


def test_a_group_that_fails_is_not_buried(edge):
    origins = closing_origins(edge)
    edge.forward(*origins, group={"retries": {"attempts": 3, "percent": 20}})
    for _ in range(200):
        assert edge.get().status == 502
    retries = sum(len(origin.requests) for origin in origins) - 200
    assert 10 <= retries <= 80, retries  # a fifth, and a few for a start
    wait_until(lambda: edge.statistics("groups", "app")["retries"] == retries)


def test_attempts_of_one_request(edge):
    origins = closing_origins(edge)
    edge.forward(*origins, group={"retries": {"attempts": 1, "percent": 100}})
    assert edge.get().status == 502
    assert sum(len(origin.requests) for origin in origins) == 2


def test_percent_of_zero_repeats_nothing(edge):
    origins = closing_origins(edge)
    edge.forward(*origins, group={"retries": {"attempts": 5, "percent": 0}})
    for _ in range(5):
        assert edge.get().status == 502
    assert sum(len(origin.requests) for origin in origins) == 5

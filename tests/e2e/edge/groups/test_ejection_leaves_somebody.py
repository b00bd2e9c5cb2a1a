# SPDX-License-Identifier: Apache-2.0

from support.origin import answer


def test_no_more_than_the_cap(edge):
    origins = [edge.origin(lambda request: answer(b"bad", 500)) for _ in range(4)]
    edge.forward(*origins, group={"ejection": {"failures": 2, "for": "1m", "max_percent": 50}})
    for _ in range(60):
        edge.get()
    assert sorted(edge.states().values()).count("unhealthy") == 2
    asked = sorted(len(origin.requests) for origin in origins)
    assert asked[0] <= 3 and asked[1] <= 3 and asked[2] >= 20


def test_the_only_one_stays(edge):
    origin = edge.origin(lambda request: answer(b"bad", 500))
    edge.forward(origin, group={"ejection": {"failures": 1, "for": "1m", "max_percent": 50}})
    assert [edge.get().status for _ in range(6)] == [500] * 6
    assert len(origin.requests) == 6

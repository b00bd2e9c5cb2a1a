# SPDX-License-Identifier: Apache-2.0


def test_nobody_gets_new_tokens(edge):
    origin = edge.origin(name="a")
    limits = {"requests": [{"rate": "2/h"}]}
    edge.forward(origin, limits=limits)
    assert [edge.get().status for _ in range(3)] == [200, 200, 429]
    edge.forward(origin, limits=limits, timeouts={"idle": "30s"})
    assert edge.get().status == 429

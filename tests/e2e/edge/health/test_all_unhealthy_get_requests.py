# SPDX-License-Identifier: Apache-2.0

from collections import Counter

from support.checks import FAST, Patient


def test_better_than_none(edge):
    a, b = Patient(edge, "a"), Patient(edge, "b")
    edge.forward(a.origin, b.origin, group={"health": {**FAST, "unhealthy": 1}})
    edge.wait_for_state("healthy", a.origin, b.origin)
    a.status = b.status = 500
    edge.wait_for_state("unhealthy", a.origin, b.origin)
    assert Counter(edge.get().body for _ in range(10)) == {b"a": 5, b"b": 5}
    a.status = 200
    edge.wait_for_state("healthy", a.origin)
    assert {edge.get().body for _ in range(10)} == {b"a"}


def test_not_those_that_an_operator_took_out(edge):
    a, b = Patient(edge, "a"), Patient(edge, "b")
    edge.forward(a.origin, b.origin, group={"health": {**FAST, "unhealthy": 1}})
    edge.wait_for_state("healthy", a.origin, b.origin)
    edge.steer(b.origin, "disable")
    a.status = 500
    edge.wait_for_state("unhealthy", a.origin)
    assert {edge.get().body for _ in range(6)} == {b"a"}

# SPDX-License-Identifier: Apache-2.0

from support.checks import FAST, Patient


def test_after_as_many_as_configured(edge):
    sick, well = Patient(edge, "sick"), Patient(edge, "well")
    edge.forward(sick.origin, well.origin, group={"health": {**FAST, "unhealthy": 2}})
    edge.wait_for_state("healthy", sick.origin, well.origin)
    sick.status = 503
    before = len(sick.checks)
    edge.wait_for_state("unhealthy", sick.origin)
    assert len(sick.checks) - before == 2
    target = edge.targets()[sick.origin.address]
    assert (target["reason"], target["last_status"]) == ("code_mismatch", 503), target
    seen = len(sick.traffic)
    assert {edge.get().body for _ in range(10)} == {b"well"}
    assert len(sick.traffic) == seen


def test_and_passed_ones_bring_it_back(edge):
    sick, well = Patient(edge, "sick"), Patient(edge, "well")
    health = {**FAST, "unhealthy": 1, "healthy": 2}
    edge.forward(sick.origin, well.origin, group={"health": health})
    edge.wait_for_state("healthy", sick.origin, well.origin)
    sick.status = 500
    edge.wait_for_state("unhealthy", sick.origin)
    sick.status = 200
    before = len(sick.checks)
    edge.wait_for_state("healthy", sick.origin)
    assert len(sick.checks) - before == 2
    assert {edge.get().body for _ in range(4)} == {b"sick", b"well"}


def test_who_does_not_listen(edge):
    gone, well = Patient(edge, "gone"), Patient(edge, "well")
    edge.forward(gone.origin, well.origin, group={"health": {**FAST, "unhealthy": 1}})
    edge.wait_for_state("healthy", gone.origin, well.origin)
    gone.origin.stop_listening()
    edge.wait_for_state("unhealthy", gone.origin)
    assert {edge.get().body for _ in range(4)} == {b"well"}


def test_it_is_told(edge):
    sick = Patient(edge, "sick")
    line = len(edge.daemon.lines)
    edge.forward(sick.origin, group={"health": {**FAST, "unhealthy": 1}})
    edge.daemon.wait_for_line(f"{sick.origin.address} is healthy", line)
    sick.status = 500
    edge.daemon.wait_for_line(f"{sick.origin.address} is unhealthy", line)

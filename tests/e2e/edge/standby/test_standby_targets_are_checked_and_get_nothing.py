# SPDX-License-Identifier: Apache-2.0

from support.checks import FAST, Patient


def test_checked_though_no_rule_leads_there(edge, deploying):
    old, new = Patient(edge, "old"), Patient(edge, "new")
    deploying.put({"1": old.origin}, {"2": new.origin}, {"health": FAST}, {"health": FAST})
    edge.wait_for_state("healthy", old.origin, group="api")
    edge.wait_for_state("healthy", new.origin, group="api@next")
    assert {edge.get().body for _ in range(10)} == {b"old"}
    assert not new.traffic


def test_its_state_is_told(edge, deploying):
    old, new = Patient(edge, "old"), Patient(edge, "new", status=500)
    health = {**FAST, "unhealthy": 1}
    deploying.put({"1": old.origin}, {"2": new.origin}, {"health": health}, {"health": health})
    edge.wait_for_state("unhealthy", new.origin, group="api@next")
    result = edge.daemon.run("targets")
    line = next(line for line in result.stdout.splitlines() if new.origin.address in line)
    assert "api@next" in line and "unhealthy" in line


def test_one_that_begins_late_is_noticed_soon(edge, deploying):
    """It is asked long before its interval is over, and is not taken for unhealthy before that."""
    old, new = Patient(edge, "old"), Patient(edge, "new", status=503)
    health = {"path": "/up", "interval": "5m"}
    deploying.put({"1": old.origin}, {"2": new.origin}, {"health": health}, {"health": health})
    new.origin.wait(lambda: len(new.checks) >= 3, "a third check")
    assert edge.states("api@next")[new.origin.address] == "initial"
    new.status = 200
    edge.wait_for_state("healthy", new.origin, group="api@next")

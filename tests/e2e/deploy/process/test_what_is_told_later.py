# SPDX-License-Identifier: Apache-2.0

import time

from support.stack import wait_until


def test_why_is_kept_with_the_deploy(stack):
    stack.web("v1")
    stack.up("--note", "the first")
    stack.web("v2")
    stack.up()
    output = stack.passes("rollback", "--note", "v2 is too slow")
    assert "Error" not in output, output
    notes = [one["note"] for one in stack.api("/v1/projects/shop/deploys")["deploys"]]
    assert notes == ["v2 is too slow", "", "the first"]
    newest = stack.api("/v1/projects/shop/deploys")["deploys"][0]["deploy"]
    assert stack.api(f"/v1/deploys/{newest}")["note"] == "v2 is too slow"


def test_how_often_healing_started_it_again(stack):
    stack.web(replicas=1)
    stack.up()
    first = stack.running("web")[0]
    assert first["restarts"] == 0
    for count in (1, 2):
        stack.passes("kill", first["name"])
        wait_until(
            lambda: [one["restarts"] for one in stack.running("web")] == [count],
            f"restart {count}",
            lambda: str(stack.instances("web")),
        )
    found = stack.running("web")[0]
    assert found["id"] == first["id"] and found["restarts"] == 2
    # What it is in the next deploy, is another.
    stack.web("v2", replicas=1)
    stack.up()
    assert stack.running("web")[0]["restarts"] == 0


def events(stack):
    return stack.json("events", "--no-follow")


def test_healing_tells_what_it_did(stack):
    stack.web(replicas=1)
    stack.up()
    name = stack.running("web")[0]["name"]
    stack.passes("kill", name)
    wait_until(lambda: [one["restarts"] for one in stack.running("web")] == [1], "its return")
    told = [(one["what"], one["text"]) for one in events(stack) if one["type"] == "instance"]
    # It may be checked before it listens again, and that is told as well.
    assert told[:2] == [("died", "it was killed by SIGKILL"), ("started", "it was started again")], told


def test_since_when_a_target_drains(stack):
    stack.web(replicas=1)
    stack.up()

    def target():
        return stack.api("/v1/targets?group=shop/web")["targets"][0]

    before = target()
    wait_until(
        lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) > before["since"], "another second"
    )
    path = f"/v1/targets/shop%2Fweb/{before['id']}"
    stack.api(path, "POST", {"action": "drain"})
    wait_until(lambda: target()["state"] == "draining", "draining")
    drained = target()["since"]
    assert drained > before["since"]
    wait_until(lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) > drained, "another second")
    stack.api(path, "POST", {"action": "drain"})
    assert target()["since"] == drained  # the same once more changes nothing
    stack.api(path, "POST", {"action": "enable"})
    wait_until(lambda: target()["state"] == "healthy", "its return")
    assert target()["since"] > drained

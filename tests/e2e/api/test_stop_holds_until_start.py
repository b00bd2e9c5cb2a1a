# SPDX-License-Identifier: Apache-2.0
"""What died is started again; what an operator stopped is not, until he starts it."""

import os
import signal

from support.node import Load
from support.tree import wait_until


def running(node):
    return [instance for instance in node.instances() if instance["state"] == "running"]


def test_stop_holds_until_start(node):
    node.deploy(spec=node.spec("1", replicas=1))
    _, body = node.get()
    assert body == "1"
    node.deploy("stop", options={"services": ["web"]})
    assert running(node) == []
    node.kill_control()  # who comes next remembers
    node.deploy("stop", options={"services": ["web"]})
    assert running(node) == []
    node.deploy("start", options={"services": ["web"]})
    wait_until(lambda: len(running(node)) == 1, "an instance", node.log)
    wait_until(lambda: node.get() == (200, "1"), "an answer", node.log)


def test_what_died_comes_again(node):
    node.deploy(spec=node.spec("1", replicas=1))
    wait_until(lambda: node.get()[0] == 200, "an answer")
    for pid in processes_of(node):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(running(node)) == 1 and node.get() == (200, "1"), "it again", node.log)


def processes_of(node):
    """Of the workload, by its environment."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                command = file.read()
            with open(f"/proc/{name}/environ", "rb") as file:
                variables = file.read()
        except OSError:
            continue
        ports = [instance["ports"][0]["address"].split(":")[1] for instance in node.instances()]
        if command.startswith(b"python3\0") and any(
                f"PORT={port}\0".encode() in variables for port in ports):
            found.append(int(name))
    return found


def states(node):
    return {instance["id"]: instance["state"] for instance in node.instances()}


def test_a_single_replica_is_held_too(node):
    node.deploy(spec=node.spec("1", replicas=2))
    one, other = sorted(states(node))
    node.deploy("stop", options={"instances": [one]})
    assert states(node) == {one: "exited", other: "running"}
    node.kill_control()
    node.deploy("stop", options={"instances": [one]})  # a heal has looked by now: none was made
    assert states(node) == {one: "exited", other: "running"}
    assert node.get() == (200, "1")
    node.deploy("start", options={"instances": [one]})
    assert states(node) == {one: "running", other: "running"}
    node.deploy("stop", options={"instances": [one]})
    node.deploy("rm", options={"instances": [one]})
    wait_until(lambda: len(running(node)) == 2 and one not in states(node), "another", node.log)


def test_an_up_asks_for_all_again(node):
    node.deploy(spec=node.spec("1", replicas=2))
    one, _ = sorted(states(node))
    node.deploy("stop", options={"instances": [one]})
    node.deploy(spec=node.spec("1", replicas=2))
    assert sorted(states(node).values()) == ["running", "running"]


def test_a_replica_is_stopped_when_it_has_answered(node):
    """And the other one goes on: a restart of one by name costs no request."""
    node.deploy(spec=node.spec("1", replicas=2))
    with Load(node) as load:
        for instance in sorted(states(node)):
            node.deploy("restart", options={"instances": [instance]})
    assert load.failures == []


def test_only_what_is_no_replica_is_stopped_without_a_deploy(node):
    node.deploy(spec=node.spec("1", replicas=1))
    (one,) = states(node)
    for action in "start", "stop", "restart", "remove":
        refused = node.call("POST", f"/v1/projects/shop/instances/{one}/{action}", {}, 409)
        assert "options.instances" in refused["error"]["message"]
    assert states(node) == {one: "running"}


def test_what_ended_well_is_started_when_it_is_asked_for(node):
    """Without a restart policy and without ports, an end with status 0 is one, until `start`."""
    spec = node.spec("1", replicas=1)
    spec["services"]["once"] = {"command": ["/bin/sh", "-c", "echo done"],
                                "x-slipway": {"runtime": "process"}}

    def starts():
        return [instance["started"] for instance in node.instances()
                if instance["service"] == "once"]

    node.deploy(spec=spec)
    before = starts()
    assert len(before) == 1
    node.deploy("start", options={"services": ["once"]})
    assert len(starts()) == 1 and starts() != before

# SPDX-License-Identifier: Apache-2.0

import json

import pytest

from support import waiting


def states(node):
    targets = json.loads(node.run("targets", "--json").stdout)["targets"]
    return {target["address"]: target["state"] for target in targets}


def test_states_and_reasons_are_listed(node):
    node.start("serve", "-f", "lb.yaml")
    address = f"127.0.0.1:{node.origin_port}"
    waiting.until(lambda: states(node) == {address: "healthy"}, 20, lambda: str(states(node)))
    result = node.run("targets")
    assert result.returncode == 0
    heading, line = result.stdout.splitlines()
    assert heading.split() == ["GROUP", "TARGET", "STATE", "FOR", "WEIGHT", "ACTIVE", "REASON"]
    assert line.split()[:3] == ["web", address, "healthy"]
    assert node.run("targets", "web").stdout.count("\n") == 2
    assert "there is no group" in node.run("targets", "other").stderr


def test_a_target_is_drained_and_enabled(node):
    address = f"127.0.0.1:{node.origin_port}"
    node.start("serve", "-f", "lb.yaml")
    assert node.run("target", "drain", address).returncode == 0
    assert states(node) == {address: "draining"}
    assert node.get() == "HTTP/1.1 503 Service Unavailable"
    assert node.run("target", "enable", f"web/{address}").returncode == 0
    assert states(node)[address] != "draining"
    assert node.get() == "HTTP/1.1 200 OK"


def test_the_wish_survives_another_up(node):
    address = f"127.0.0.1:{node.origin_port}"
    node.start("serve", "-f", "lb.yaml")
    assert node.run("target", "disable", address).returncode == 0
    assert node.run("up", "-f", "lb.yaml").returncode == 0
    assert states(node) == {address: "unavailable"}


def test_a_weight_is_given_and_taken_back(node):
    node.start("serve", "-f", "lb.yaml")

    def weight():
        return json.loads(node.run("targets", "--json").stdout)["targets"][0]["weight"]

    address = f"127.0.0.1:{node.origin_port}"
    assert node.run("target", "weight", address, "7").returncode == 0
    assert weight() == 7
    assert node.run("target", "weight", address, "configured").returncode == 0
    assert weight() == 1


def target(number, **other):
    """Of the api's instance of that number, which the daemon knows by its id."""
    return {
        "id": f"000000000000000{number}", "project": "mine", "group": "api",
        "address": f"127.0.0.1:{1000 + number}", "weight": 1, "state": "unavailable",
        "reason": "no_check", "description": "Not checked: it has no health check",
        "since": None, "active": 0, "instance_id": f"abc{number}", **other,
    }


@pytest.fixture
def instances(shell):
    """Two of them, and their targets."""
    unused = {"state": "unused", "reason": "unused", "description": "Not behind a listener"}
    shell.daemon.answer("GET /v1/targets", {"targets": [target(1), target(2, **unused)]})
    found = [{"project": "mine", "id": f"abc{n}", "name": f"mine-api-{n}"} for n in (1, 2)]
    shell.daemon.answer("GET /v1/instances", {"instances": found})
    return shell


def test_targets_have_the_names_of_their_instances(instances):
    heading, first, second = instances.run("targets").stdout.splitlines()
    assert heading.split()[:4] == ["GROUP", "TARGET", "INSTANCE", "STATE"]
    assert first.split()[1:5] == ["127.0.0.1:1001", "mine-api-1", "not", "checked"]
    assert second.split()[2:5] == ["mine-api-2", "by", "name"]


def test_targets_are_seen_where_no_runtime_answers(instances):
    instances.daemon.refuse("GET /v1/instances", "no Docker Engine answers", 503)
    done = instances.run("targets")
    assert (done.returncode, done.stderr) == (0, "")
    assert "INSTANCE" not in done.stdout and "127.0.0.1:1002" in done.stdout


@pytest.mark.parametrize("name", ["api/mine-api-2", "mine/api/mine-api-2", "mine-api-2", "api/api-2"])
def test_a_target_is_called_by_its_instance(instances, name):
    path = "POST /v1/targets/mine%2Fapi/0000000000000002"
    instances.daemon.answer(path, {"done": True})
    done = instances.run("target", "drain", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(instances.daemon.asked(path)) == 1


def test_the_audit_names_the_target(node):
    address = f"127.0.0.1:{node.origin_port}"
    node.start("serve", "-f", "lb.yaml")
    assert node.run("target", "drain", address).returncode == 0
    assert node.run("audit").stdout.splitlines()[1].endswith(f"target drain shop/web/{address}")


def test_one_without_checks_is_not_called_unavailable(node):
    node.write(groups=f"web: {{targets: ['127.0.0.1:{node.origin_port}']}}")
    node.start("serve", "-f", "lb.yaml")
    line = node.run("targets").stdout.splitlines()[1]
    assert "not checked" in line and "unavailable" not in line
    assert line.endswith("Not checked: it has no health check")

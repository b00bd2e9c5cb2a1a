# SPDX-License-Identifier: Apache-2.0

import json


def states(node):
    targets = json.loads(node.run("targets", "--json").stdout)["targets"]
    return {target["address"]: target["state"] for target in targets}


def test_states_and_reasons_are_listed(node):
    node.start("serve", "-f", "lb.yaml")
    result = node.run("targets")
    assert result.returncode == 0
    heading, line = result.stdout.splitlines()
    assert heading.split() == ["GROUP", "TARGET", "STATE", "FOR", "WEIGHT", "ACTIVE", "REASON"]
    assert line.split()[:3] == ["web", f"127.0.0.1:{node.origin_port}", "healthy"]
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

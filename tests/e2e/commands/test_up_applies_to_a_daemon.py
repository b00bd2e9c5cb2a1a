# SPDX-License-Identifier: Apache-2.0

import json


def test_changes_are_told(node):
    node.start("serve")
    result = node.run("up", "-f", "lb.yaml")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"shop: listener 127.0.0.1:{node.port} added\n" in result.stdout
    assert node.get() == "HTTP/1.1 200 OK"
    assert node.run("up", "-f", "lb.yaml").stdout.startswith("shop: nothing has changed")
    changes = json.loads(node.run("--json", "up", "-f", "lb.yaml").stdout)["changes"]
    assert changes == []


def test_what_is_refused_changes_nothing(node):
    node.start("serve", "-f", "lb.yaml")
    node.write("bad.yaml", address="192.0.2.1:80")
    result = node.run("up", "-f", "bad.yaml")
    assert result.returncode == 1
    assert "192.0.2.1:80" in result.stderr
    assert result.stdout == ""
    assert node.get() == "HTTP/1.1 200 OK"


def test_down_takes_it_away(node):
    node.start("serve", "-f", "lb.yaml")
    result = node.run("down", "-f", "lb.yaml")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"shop: listener 127.0.0.1:{node.port} removed\n" in result.stdout
    assert node.get() == ""
    assert node.run("down", "-f", "lb.yaml").returncode == 0  # nothing to do

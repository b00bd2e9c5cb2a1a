# SPDX-License-Identifier: Apache-2.0

import signal


def test_it_serves_until_it_is_interrupted(node):
    process = node.start("up", "-f", "lb.yaml")
    assert node.get() == "HTTP/1.1 200 OK"
    assert node.end(process, signal.SIGINT) == 0
    assert node.get() == ""


def test_nothing_of_it_is_remembered(node):
    process = node.start("up", "-f", "lb.yaml")
    assert node.end(process) == 0
    assert not (node.folder / "state").exists()
    assert [entry.name for entry in (node.folder / "run").iterdir()] == ["supervisor.pid"]


def test_what_cannot_be_served_ends_it(node):
    node.write(address="192.0.2.1:80")
    result = node.run("up", "-f", "lb.yaml")
    assert result.returncode == 1
    assert "192.0.2.1:80" in result.stderr


def test_a_wrong_file_starts_nothing(node):
    node.write(groups="other: {targets: ['a:1']}")
    result = node.run("up", "-f", "lb.yaml")
    assert result.returncode == 1
    assert 'no target group and no service "web"' in result.stderr
    assert not (node.folder / "run").exists()

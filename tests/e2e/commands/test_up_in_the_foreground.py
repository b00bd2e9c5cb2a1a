# SPDX-License-Identifier: Apache-2.0

import json
import signal
import subprocess


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


SERVICE = """name: shop
services:
  web:
    command: [sh, -c, "trap 'echo bye; exit 0' TERM; echo hello; while :; do sleep 0.1; done"]
    x-slipway: {runtime: process}
    deploy: {replicas: 2}
"""


def serve_services(node, *options):
    """Until both have said hello: what was printed."""
    (node.folder / "compose.yaml").write_text(SERVICE)
    process = subprocess.Popen(
        [node.slipway, *options, "up"],
        cwd=node.folder,
        env=node.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if sum("hello" in line and ("|" in line or "text" in line) for line in lines) == 2:
                break
    finally:
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=20)[0]
    assert process.returncode == 0
    return lines, rest.splitlines(keepends=True)


def test_logs_are_followed_until_the_end(node):
    lines, rest = serve_services(node)
    assert sorted(lines[-2:]) == ["web-1 | hello\n", "web-2 | hello\n"]
    assert "shop: switch traffic: done\n" in lines[:-2]
    assert {"shop: stop web-1 ...\n", "shop: stop web-2 ...\n"} <= set(rest)
    assert {"web-1 | bye\n", "web-2 | bye\n"} <= set(rest)


def test_programs_get_log_lines_among_the_events(node):
    lines, _ = serve_services(node, "--json")
    told = [json.loads(line) for line in lines]
    assert "result" in {event["type"] for event in told}
    assert {(event["type"], event["instance"], event["text"]) for event in told[-2:]} == {
        ("log", "web-1", "hello"),
        ("log", "web-2", "hello"),
    }

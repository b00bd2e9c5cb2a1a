# SPDX-License-Identifier: Apache-2.0

import json
import os
import signal
import sqlite3
from contextlib import closing

import pytest

from support.stack import wait_until

SLEEPS = {"command": ["sleep", "1000"], "x-slipway": {"runtime": "process"}}


def written(stack):
    stack.file.write_text(
        "services:\n"
        "  web:\n"
        "    command: [sleep, '1000']\n"
        "    cap_add: [NET_ADMIN]\n"
        "    privileged: true\n"
        "    tty: false\n"
        "    build: .\n"
        "    ports: ['9090:80/udp']\n"
        "    x-slipway: {runtime: process}\n"
        "  other:\n"
        "    image: nowhere\n"
        "    cpu_count: 2\n"
    )


REFUSED = (
    "compose.yaml:4:5: error: services.web.cap_add",
    "compose.yaml:5:5: error: services.web.privileged",
    "compose.yaml:7:5: error: services.web.build",
    "compose.yaml:8:13: error: services.web.ports[0]",
    "compose.yaml:12:5: error: services.other.cpu_count",
)


@pytest.mark.parametrize("command", [("up", "-d"), ("plan",)])
def test_what_its_runtime_does_not_support(stack, command):
    written(stack)
    output = stack.fails(*command)
    for text in REFUSED:
        assert text in output, output
    assert "tty" not in output, output
    assert output.count("remove it, or run the service in a container") == 4, output
    assert not stack.api("/v1/projects")["projects"]


def test_the_interface_refuses_it_too(stack):
    spec = {"services": {"web": {**SLEEPS, "cap_add": ["NET_ADMIN"], "privileged": True}}}
    for path in ("deploys", "plan"):
        answer = stack.api(f"/v1/projects/shop/{path}", "POST", {"kind": "up", "spec": spec})
        assert "services.web.cap_add" in answer["error"]["message"], answer
        assert "services.web.privileged" in answer["error"]["message"], answer
    assert not stack.api("/v1/projects")["projects"]


def test_a_port_that_somebody_else_has(stack):
    other = stack.space.socket()
    try:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        stack.write({"name": "shop", "services": {"web": stack.service(ports=[f"127.0.0.1:{port}:8000"])}})
        output = stack.fails("up", "-d")
    finally:
        other.close()
    assert f"127.0.0.1:{port}: the address is in use" in output, output
    assert "start" not in output, output
    assert not stack.instances(everything=True)
    stack.up()


def test_a_port_that_another_project_publishes(stack):
    port = stack.space.free_port()
    project = {"services": {"web": stack.service(ports=[f"{port}:8000"])}}
    stack.write({"name": "mine", **project})
    stack.up()
    stack.write({"name": "shop", **project})
    output = stack.fails("up", "-d")
    assert f':{port}: projects "mine" and "shop" both publish this port; take another one' in output, output
    assert "start" not in output, output
    assert not stack.instances(everything=True)
    stack.passes("down", project="mine")
    stack.up()
    stack.serves("v1", port=port)


def test_a_process_that_does_not_listen_where_it_is_told(stack):
    service = {**stack.service(), "command": ["sh", "-c", "echo said before; exec sleep 1000"]}
    stack.write(stack.project({"web": service}, deploy={"deadline": "3s"}))
    output = stack.fails("up", "-d")
    assert "nothing listens on 127.0.0.1:" in output and "PORT" in output, output
    assert "said before" in output, output


def test_what_was_deployed_before_is_gone_back_to(stack):
    stack.web("v1")
    stack.up()
    stack.web("v2")
    stack.up()
    # As a version left it that did not look.
    with closing(sqlite3.connect(stack.state_folder / "slipway.db")) as store, store:
        (text,) = store.execute("SELECT spec FROM revisions WHERE number = 1").fetchone()
        spec = json.loads(text)
        spec["services"]["web"]["cap_add"] = ["NET_ADMIN"]
        store.execute("UPDATE revisions SET spec = ? WHERE number = 1", [json.dumps(spec)])
    stack.passes("rollback")
    stack.serves("v1")
    before = stack.programs()
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: len(set(stack.programs()) - {before[0]}) == 2, "healing")
    stack.passes("scale", "web=3")
    assert len(stack.running("web")) == 3

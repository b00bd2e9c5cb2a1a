# SPDX-License-Identifier: Apache-2.0
"""A one-off of a service: attached to, it tells its output and status, and goes when it has ended."""

from support.node import Conversation
from support.tree import wait_until


def test_run_beside_the_replicas(node):
    node.deploy(spec=node.spec("5", replicas=1))
    made = node.call("POST", "/v1/projects/shop/run",
                     {"service": "web", "command": ["sh", "-c", "echo $VERSION $EXTRA; exit 4"],
                      "environment": ["EXTRA=more=$x"], "attach": True, "remove": True}, 201)
    assert made["name"].startswith("shop-web-run-")
    one = [item for item in node.instances() if item["id"] == made["id"]]
    assert one and one[0]["oneoff"] and one[0]["state"] == "created"
    talk = node.converse(f"/v1/projects/shop/instances/{made['id']}/attach", {})
    frames = list(talk.frames())
    assert b"".join(data for kind, data in frames if kind == Conversation.OUTPUT) == \
        b"5 more=$x\n"
    assert frames[-1] == (Conversation.EXIT, b"\0\0\0\4")
    wait_until(lambda: all(item["id"] != made["id"] for item in node.instances()), "its end",
               node.log)
    assert node.get() == (200, "5")


def test_run_detached(node):
    node.deploy(spec=node.spec("5", replicas=1))
    made = node.call("POST", "/v1/projects/shop/run",
                     {"service": "web", "name": "once", "command": ["sh", "-c", "echo done"],
                      "detach": True}, 201)
    assert made["name"] == "once"

    def state():
        return [item["state"] for item in node.instances() if item["name"] == "once"]

    wait_until(lambda: state() == ["exited"], "its end", node.log)
    lines = list(node.stream("GET", "/v1/projects/shop/instances/once/logs"))
    assert [line["text"] for line in lines] == ["done"]
    node.call("POST", "/v1/projects/shop/instances/once/remove", {})
    assert state() == []
    node.call("POST", "/v1/projects/shop/run", {"service": "none"}, 404)
    node.call("POST", "/v1/projects/shop/run", {}, 400)

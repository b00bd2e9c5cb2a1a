# SPDX-License-Identifier: Apache-2.0
"""Talking with a program in an instance, and reading what it says."""

from support.node import Conversation
from support.tree import wait_until


def test_exec_and_logs(node):
    node.deploy(spec=node.spec("7", replicas=1))
    talk = node.converse("/v1/projects/shop/instances/shop-web-1/exec",
                         {"command": ["sh", "-c", "read line; echo got $line; echo bad >&2; exit 3"],
                          "input": True})
    talk.send(Conversation.INPUT, b"this\n")
    frames = list(talk.frames())
    assert b"".join(data for kind, data in frames if kind == Conversation.OUTPUT) == b"got this\n"
    assert b"".join(data for kind, data in frames if kind == Conversation.ERRORS) == b"bad\n"
    assert frames[-1] == (Conversation.EXIT, b"\0\0\0\3")


def test_logs_follow(node):
    node.deploy(spec=node.spec("7", replicas=1))
    lines = node.stream("GET", "/v1/projects/shop/instances/shop-web-1/logs?follow=1")
    line = next(lines)
    assert line["text"] == "version 7 begins" and line["stream"] == "stdout" and line["time"]
    lines.close()
    before = list(node.stream("GET", "/v1/projects/shop/instances/shop-web-1/logs?tail=5"))
    assert [item["text"] for item in before] == ["version 7 begins"]


def test_names_that_may_be_several(node):
    node.deploy(spec=node.spec("7"))
    refused = node.call("POST", "/v1/projects/shop/instances/shop-web/stop", {}, 409)
    assert "shop-web-1, shop-web-2" in refused["error"]["message"]
    node.call("POST", "/v1/projects/shop/instances/other/stop", {}, 404)
    figures = node.call("GET", "/v1/projects/shop/instances/shop-web-2/stats")
    assert figures["memory_bytes"] > 0
    wait_until(lambda: node.get() == (200, "7"), "an answer")


def test_exec_without_upgrade_is_refused(node):
    node.deploy(spec=node.spec("7", replicas=1))
    refused = node.call("POST", "/v1/projects/shop/instances/shop-web-1/exec",
                        {"command": ["true"]}, 400)
    assert "Upgrade" in refused["error"]["message"]

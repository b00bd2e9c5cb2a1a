# SPDX-License-Identifier: Apache-2.0

from support.stack import wait_until


def test_the_second_waits(stack):
    stack.web("v1")
    stack.up()
    with stack.load() as load:
        stack.web("v2", environment={"START_MS": "1500"})
        first = stack.start("up", "-d")
        wait_until(lambda: len(stack.instances()) > 2, "its begin", lambda: first.text)
        stack.web("v3")
        second = stack.start("up", "-d")
        second.said(r"(?i)wait")
        assert first.is_running()
        first.ends(0)
        second.ends(0)
        load.was_not_disturbed()
    stack.serves("v3")
    assert len(stack.programs()) == 2


def test_the_second_is_refused_by_choice(stack):
    stack.web("v1")
    stack.up()
    stack.web("v2", environment={"START_MS": "1500"})
    first = stack.start("up", "-d")
    wait_until(lambda: len(stack.instances()) > 2, "its begin", lambda: first.text)
    stack.web("v3")
    output = stack.fails("up", "-d", "--lock=refuse")
    assert "since" in output or "under way" in output, output
    first.ends(0)
    stack.serves("v2")


def test_projects_do_not_wait_for_each_other(stack):
    stack.web("v1", environment={"START_MS": "2000"})
    first = stack.start("up", "-d")
    port = stack.space.free_port()
    other = stack.project({"api": stack.service("xx")}, front="api")
    other["name"] = "other"
    other["x-slipway"]["listeners"]["web"]["address"] = f"127.0.0.1:{port}"
    stack.file = stack.write(other, "other.yaml")
    stack.up()
    assert first.is_running()
    assert stack.ask(port=port) == (200, "xx")
    first.ends(0)
    stack.passes("down")
    stack.serves("v1")
    assert len(stack.programs()) == 2

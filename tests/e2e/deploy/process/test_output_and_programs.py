# SPDX-License-Identifier: Apache-2.0

from support.stack import wait_until


def test_logs_outlive_the_instance_s_restart(stack):
    stack.web("v1", 2)
    stack.up()
    assert stack.passes("logs").count("v1 serves") == 2
    stack.passes("restart", "web")
    wait_until(lambda: stack.passes("logs").count("v1 serves") >= 4, "what the new ones say")
    assert stack.passes("logs", "--tail", "1").count("v1") <= 2


def test_ps_shows_them(stack):
    stack.web("v1", 2)
    stack.up()
    lines = stack.passes("ps")
    assert lines.count("shop-web-") == 2 and "running" in lines.lower(), lines
    one = stack.ids()[0]
    assert stack.passes("ps", "-a").count("shop-web-") == 2
    name = next(each["name"] for each in stack.instances() if each["id"] == one)
    output = stack.passes("exec", name, "/bin/sh", "-c", "echo $ANSWER from inside")
    assert "v1 from inside" in output
    assert stack.fails("exec", name, "/bin/sh", "-c", "exit 7", status=7) is not None


def test_run_of_a_service(stack):
    stack.web("v1", 1)
    stack.up()
    output = stack.passes("run", "--rm", "web", "/bin/sh", "-c", "echo once $ANSWER")
    assert "once v1" in output
    stack.fails("run", "--rm", "web", "/bin/sh", "-c", "exit 9", status=9)
    assert len(stack.programs()) == 1
    assert len(stack.instances(everything=True)) == 1

# SPDX-License-Identifier: Apache-2.0
"""Containers that are killed or removed by hand, an engine that is started again or crashes, and
the same with the daemon's own processes."""

import os
import shutil
import signal

import pytest

from support.stack import wait_until

MOST_UNDER_WAY = 8


def only_lost_what_was_under_way(load):
    result = load.end()
    others = {kind for kind, count in result["failures"].items() if count} - {"closed", "broken", "status"}
    assert not others and result["failed"] <= MOST_UNDER_WAY, result


def serving_instances(stack):
    return {stack.ask("/instance")[1] for _ in range(12)}


@pytest.mark.parametrize("how", ["kill", "rm"])
def test_a_container_comes_back(stack, how):
    stack.web(replicas=3)
    stack.up()
    victim = stack.ids()[0]
    with stack.load() as load:
        stack.engine.docker(*{"kill": ["kill"], "rm": ["rm", "-f"]}[how], victim)
        wait_until(
            lambda: len(stack.ids()) == 3 and len(serving_instances(stack)) == 3, "another", stack.log
        )
        only_lost_what_was_under_way(load)


@pytest.mark.parametrize("how", ["restart", "crash"])
def test_the_engine_goes_and_comes(stack, how):
    stack.web("v1")
    stack.up()
    ids = stack.ids()
    with stack.load() as load:
        if how == "restart":
            stack.engine.restart()
        else:
            stack.engine.crash()
            stack.engine.begin()
        wait_until(lambda: stack.ids() == ids, "the same instances", stack.log)
        stack.web("v2")
        stack.up()
        load.was_not_disturbed()
    stack.serves("v2")
    assert len(stack.containers()) == 2


def test_control_is_killed(stack):
    stack.web("v1")
    stack.up()
    ids = stack.ids()
    with stack.load() as load:
        stack.kill_control()
        wait_until(lambda: stack.ids() == ids, "the same instances", stack.log)
        stack.web("v2", environment={"START_MS": "500"})
        update = stack.start("up", "-d")
        wait_until(lambda: len(stack.containers()) > 2, "new ones", lambda: update.text)
        stack.kill_control()
        wait_until(lambda: stack.answers() == {(200, "v2")}, "the new version", stack.log)
        wait_until(lambda: len(stack.engine.project_containers("shop")) == 2, "two", stack.log)
        load.was_not_disturbed()


def test_the_binary_is_upgraded(slipway, stack):
    stack.end_daemon()
    stack.slipway = stack.folder / "slipway"
    shutil.copy(slipway, stack.slipway)
    stack.serve()
    stack.web("v1")
    stack.up()
    ids = stack.ids()
    with stack.load() as load:
        before = len(stack.ready("control"))
        stack.daemon.send_signal(signal.SIGUSR2)
        wait_until(lambda: len(stack.ready("control")) > before, "the new control", stack.log)
        wait_until(lambda: stack.ids() == ids, "the same instances", stack.log)
        stack.web("v2")
        stack.up()
        load.was_not_disturbed()
    stack.serves("v2")


def test_the_daemon_is_started_again(stack):
    stack.web("v1")
    stack.up()
    ids = stack.ids()
    stack.end_daemon()
    assert len(stack.containers()) == 2
    stack.serve()
    wait_until(lambda: not stack.is_refused(), "the listener", stack.log)
    stack.serves("v1")
    assert stack.ids() == ids


def test_a_container_that_died_while_nobody_looked(stack):
    stack.web("v1", **{"restart": "no"})
    stack.up()
    victim = stack.ids()[0]
    stack.end_daemon()
    stack.engine.docker("rm", "-f", victim)
    stack.serve()
    wait_until(lambda: len(stack.ids()) == 2 and victim not in stack.ids(), "another", stack.log)
    stack.serves("v1")
    assert os.path.exists(stack.file)

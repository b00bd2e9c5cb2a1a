# SPDX-License-Identifier: Apache-2.0

import os
import signal

import pytest

from support.demo import INTERRUPT


def change(demos, old, new):
    file = demos.tree / "apps" / "compose.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def make_it_wait(demos):
    """One service is never healthy."""
    health = "number: {service: number, health: {path: "
    change(demos, f"{health}/healthz", f"{health}/never")


def test_a_closed_terminal(demos):
    demo = demos.start().ready()
    assert demos.left()
    demo.hang_up()
    demo.ends(0)


def test_sigterm(demos):
    demo = demos.start().ready()
    os.kill(demo.pid, signal.SIGTERM)
    demo.ends(0)


@pytest.mark.parametrize("moment", ["slipway up:", "wait until number is healthy"])
def test_ctrl_c_in_the_middle_of_the_start(demos, moment):
    make_it_wait(demos)
    demo = demos.start().until(moment)
    demo.press(INTERRUPT)
    demo.ends(128 + signal.SIGINT)
    change(demos, "/never", "/healthz")
    demo = demos.start().ready()
    demo.press(INTERRUPT)
    demo.ends(0)


def test_a_second_ctrl_c_does_not_wait(demos):
    demo = demos.start().ready()
    demo.press(INTERRUPT)
    demo.until("stopping")
    demo.press(INTERRUPT)
    demo.ends(0)


def test_somebody_ends_the_daemon(demos):
    demo = demos.start().ready()
    demos.says("build/demo/bin/slipway shutdown")
    assert "was ended by somebody else" in demo.ends(0)


def test_a_daemon_that_died_leaves_nothing(demos):
    demo = demos.start().ready()
    names = ("slipway", "slipway-control", "slipway-edge")
    daemon = [pid for pid, name in demos.left().items() if name in names]
    assert len(daemon) == 3
    for pid in daemon:
        os.kill(pid, signal.SIGKILL)
    demo.press(INTERRUPT)
    demo.ends(0)


def test_a_deploy_that_fails(demos):
    change(demos, "generator/number", "generator/nimber")
    said = demos.start().ends(1)
    assert "nimber" in said and "the deploy failed" in said

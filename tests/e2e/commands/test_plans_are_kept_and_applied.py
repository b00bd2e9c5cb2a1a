# SPDX-License-Identifier: Apache-2.0

import json
import os

from played_events import result

STEPS = [
    {"id": 1, "step": "start", "service": "api", "number": 2, "instance": "", "wave": 0, "reason": "more"},
    {"id": 2, "step": "stop", "service": "api", "instance": "0123456789abcdef", "wave": 1, "reason": ""},
]
PLAN = {"steps": STEPS, "to_hash": "a", "observed_hash": "b"}


def test_a_plan_is_shown(shell):
    shell.daemon.answer("POST /v1/projects/shop/plan", PLAN)
    done = shell.run("plan")
    assert done.returncode == 0
    assert [line.split()[:4] for line in done.stdout.splitlines()[1:3]] == [
        ["1", "start", "api-2", "more"],
        ["2", "stop", "api", "(0123456789ab)"],
    ]
    assert json.loads(shell.run("plan", "--json").stdout) == PLAN


def test_the_exit_status_tells_whether_there_is_something_to_do(shell):
    shell.daemon.answer("POST /v1/projects/shop/plan", PLAN)
    assert shell.run("plan", "--detailed-exitcode").returncode == 2
    shell.daemon.answer("POST /v1/projects/shop/plan", {"steps": []})
    done = shell.run("plan", "--detailed-exitcode")
    assert (done.returncode, done.stdout) == (0, "shop: there is nothing to do\n")
    shell.daemon.refuse("POST /v1/projects/shop/plan", "no")
    assert shell.run("plan", "--detailed-exitcode").returncode == 1


def test_what_was_planned_is_applied_whatever_the_files_say_now(shell):
    shell.compose("services: {api: {image: 'a$$b', environment: {PASSWORD: x}}}\n")
    shell.daemon.answer("POST /v1/projects/shop/plan", PLAN)
    assert shell.run("plan", "-o", "release.plan").returncode == 0
    assert os.stat(shell.folder / "release.plan").st_mode & 0o777 == 0o600
    shell.compose("services: {}\n")
    shell.daemon.deploys("shop", [result()])
    assert shell.run("apply", "release.plan").returncode == 0
    sent = shell.deploy()
    assert sent["spec"] == shell.daemon.asked("POST /v1/projects/shop/plan")[0].json["spec"]
    assert sent["spec"]["services"]["api"]["image"] == "a$$b"
    assert json.loads(sent["options"]["plan"]) == PLAN


def test_what_is_no_plan_is_refused(shell):
    for text in ("", "{}", "[", '{"slipway": "plan", "version": 9, "project": "p", "spec": "{}"}'):
        (shell.folder / "bad.plan").write_text(text)
        done = shell.run("apply", "bad.plan")
        assert done.returncode == 1
        assert "bad.plan" in done.stderr
    assert shell.run("apply", "none.plan").returncode == 1
    assert shell.daemon.requests == []

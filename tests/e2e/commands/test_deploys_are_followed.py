# SPDX-License-Identifier: Apache-2.0

import json
import signal
import subprocess
import threading

from played_events import plan, result, step

FAILED = [
    {"type": "started", "kind": "up", "from": 3, "to": 4},
    plan(("start", "api"), ("await", "api")),
    step(1, "begun"),
    step(1, "done"),
    step(2, "begun"),
    step(2, "failed", message="it exited with status 1"),
    result(
        "failed",
        revision=3,
        service="api",
        instance="shop-api-2",
        message="it exited with status 1",
        log=["starting", "no config \x1b[2J"],
    ),
]


def test_steps_and_a_recap_are_lines(shell):
    shell.daemon.deploys(
        "shop", [plan(("start", "api")), step(1, "begun"), step(1, "done"), result(changed=2)]
    )
    done = shell.run("up")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("shop: start api-1: done\n")
    assert "shop: revision 4 serves: ok=1 changed=2 failed=0" in done.stdout


def test_what_takes_long_is_told_meanwhile(shell):
    release = threading.Event()

    def events(request):
        yield from [plan(("resolve", "api")), step(1, "begun")]
        release.wait(20)
        yield from [step(1, "done"), result(changed=2)]

    shell.daemon.deploys("shop", events)
    process = shell.start("up", stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "shop: get api-1 ...\n"
    release.set()
    assert process.stdout.readline() == "shop: get api-1: done\n"
    assert process.stdout.read().startswith("shop: revision 4 serves")
    assert process.wait(20) == 0


def test_a_failure_shows_service_step_reason_and_log(shell):
    shell.daemon.deploys("shop", FAILED)
    done = shell.run("up")
    assert done.returncode == 1
    assert done.stderr == (
        "slipway: api: wait until api-1 is healthy: it exited with status 1\n"
        "The last lines of shop-api-2:\n"
        "    starting\n"
        "    no config \\x1b[2J\n"
        "Revision 3 serves on.\n"
    )
    assert "failed=1" in done.stdout


def test_programs_get_every_event(shell):
    shell.daemon.deploys("shop", FAILED)
    done = shell.run("--json", "up")
    assert done.returncode == 1
    assert [json.loads(line) for line in done.stdout.splitlines()] == FAILED
    assert "errors" in json.loads(done.stderr)


def test_who_is_waited_for_is_told(shell):
    other = {"deploy": 6, "kind": "up", "author": "bob@build1", "since": "2026-11-21T13:44:11Z"}
    release = threading.Event()

    def events(request):
        yield {"type": "waiting", "for": other}
        release.wait(20)
        yield {"type": "started", "kind": "up", "to": 4}
        yield result()

    shell.daemon.deploys("shop", events)
    process = shell.start("up", stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    release.set()
    assert line == (
        "shop: waiting for the up of bob@build1, which began at 2026-11-21T13:44:11Z; "
        "'slipway cancel 6' ends that one\n"
    )
    assert "revision 4 serves" in process.stdout.read()
    assert process.wait(20) == 0
    process.stdout.close()


def test_one_that_has_just_ended_is_not_waited_for(shell):
    other = {"deploy": 6, "kind": "up", "author": "bob@build1", "since": ""}
    shell.daemon.deploys("shop", [{"type": "waiting", "for": other}, {"type": "started"}, result()])
    assert "waiting" not in shell.run("up").stdout


def test_what_is_refused_is_told(shell):
    shell.daemon.refuse("POST /v1/projects/shop/deploys", "deploy 6 is under way")
    done = shell.run("up", "--lock", "refuse")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "slipway: deploy 6 is under way\n"
    assert shell.deploy()["options"]["lock"] == "refuse"


def test_ctrl_c_ends_only_the_following(shell):
    release = threading.Event()

    def events(request):
        yield plan(("await", "api"))
        yield step(1, "begun")
        release.wait(20)

    shell.daemon.deploys("shop", events)
    process = shell.start("up", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "wait until api" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    release.set()
    assert process.returncode == 130
    assert "the deploy goes on" in errors
    assert [r.method for r in shell.daemon.requests].count("DELETE") == 0


def test_a_daemon_that_is_started_anew_is_followed_on(shell):
    def events(request):
        if request.query["after"] == "0":
            yield {"sequence": 11, **plan(("start", "api"))}
            yield {"sequence": 12, **step(1, "begun")}
            raise ConnectionResetError
        assert request.query["after"] == "12"
        yield {"sequence": 13, **step(1, "done")}
        yield {"sequence": 14, **result()}

    shell.daemon.deploys("shop", events)
    done = shell.run("up")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("start api-1: done") == 1


def test_secrets_and_configs_are_sent_with_their_content(shell):
    (shell.folder / "key").write_text("a $secret\n")
    shell.compose(
        "services: {api: {image: api, secrets: [key], configs: [motd]}}\n"
        "secrets: {key: {file: ./key}}\n"
        "configs: {motd: {environment: HOME}}\n"
    )
    shell.daemon.deploys("shop", [result()])
    assert shell.run("up").returncode == 0
    spec = shell.deploy()["spec"]
    assert spec["secrets"]["key"]["content"] == "a $$secret\n"
    assert spec["configs"]["motd"]["content"] == shell.environment["HOME"]
    assert "file" not in spec["secrets"]["key"]


def test_content_that_cannot_be_sent_is_refused_before(shell):
    (shell.folder / "big").write_bytes(b"x" * 512001)
    (shell.folder / "zero").write_bytes(b"a\0b")
    shell.compose(
        "services: {api: {image: api}}\n"
        "secrets: {big: {file: ./big}, zero: {file: ./zero}, none: {file: ./none}}\n"
    )
    done = shell.run("up")
    assert done.returncode == 1
    for text in ("secrets.big: ", "500 KiB", "secrets.zero: ", "byte of zero", "secrets.none: "):
        assert text in done.stderr
    assert shell.daemon.asked("POST /v1/projects/shop/deploys") == []


def test_options_say_what_is_to_change(shell):
    shell.compose(
        "services: {api: {image: api, depends_on: [db]}, db: {image: db}, web: {image: web}}\n"
    )
    shell.daemon.deploys("shop", [result()])
    shell.run("up", "--force-recreate", "--pull", "always", "--scale", "api=3", "api")
    assert shell.deploy()["options"] == {
        "force_recreate": True,
        "force_pull": True,
        "services": ["api", "db"],
        "scale": {"api": 3},
    }
    shell.run("up", "--no-deps", "api")
    assert shell.deploy()["options"] == {"services": ["api"]}


def test_wrong_words_ask_nobody(shell):
    for arguments in (["up", "--scale", "api"], ["scale", "api=x"], ["rollback", "x"], ["deploy", "api"]):
        done = shell.run(*arguments)
        assert done.returncode == 2, arguments
    assert 'has no service "apii"' in shell.run("up", "apii").stderr
    assert shell.daemon.asked("POST /v1/projects/shop/deploys") == []


def test_rollback_goes_to_what_served_before(shell):
    def deploy(number, start, end, state="done"):
        return {"deploy": number, "kind": "up", "from": start, "to": end, "state": state}

    shell.daemon.answer(
        "GET /v1/projects/shop/deploys",
        {"deploys": [deploy(9, 4, 5, "failed"), deploy(8, 4, 4), deploy(7, 2, 4), deploy(6, 1, 2)]},
    )
    shell.daemon.deploys("shop", [result()])
    assert shell.run("rollback").returncode == 0
    assert (shell.deploy()["kind"], shell.deploy()["revision"]) == ("rollback", 2)
    shell.run("rollback", "1")
    assert shell.deploy()["revision"] == 1

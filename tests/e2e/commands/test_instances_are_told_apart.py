# SPDX-License-Identifier: Apache-2.0

import json

import pytest
from played_events import instance, result


@pytest.fixture
def some(shell):
    shell.instances(
        instance("shop-api-1", "abc123", health="healthy", edge="serving", target_state="healthy"),
        instance("shop-api-2", "abd456", state="exited", exit_code=3),
        instance("other-api-1", "ffe789"),
    )
    shell.daemon.answer("POST /v1/projects/default/instances/eee111/remove", {})
    shell.daemon.deploys("shop", [result()])
    shell.daemon.deploys("other", [result()])
    return shell


def actions(shell):
    return [r.path.split("/")[-2:] for r in shell.daemon.requests if "/instances/" in r.path]


def test_a_service_is_a_deploy(some):
    assert some.run("stop", "api").returncode == 0
    assert (some.deploy()["kind"], some.deploy()["options"]) == ("stop", {"services": ["api"]})
    some.run("restart")
    assert (some.deploy()["kind"], some.deploy()["options"]) == ("restart", {})
    assert actions(some) == []


@pytest.mark.parametrize("word", ["shop-api-2", "api-2", "abd", "abd456"])
def test_names_and_the_beginning_of_ids_mean_one(some, word):
    assert some.run("start", word).returncode == 0
    assert (some.deploy()["kind"], some.deploy()["options"]) == ("start", {"instances": ["abd456"]})
    assert actions(some) == []


def test_an_ambiguous_beginning_is_refused(some):
    done = some.run("stop", "ab")
    assert done.returncode == 1
    assert "ab may be any of 2" in done.stderr
    assert "abc123" in done.stderr and "abd456" in done.stderr
    assert actions(some) == []


def test_nothing_is_done_where_one_word_is_wrong(some):
    assert some.run("stop", "api-2", "nope").returncode == 1
    assert actions(some) == []


def test_one_of_another_project_can_be_named(some):
    assert some.run("stop", "other-api-1").returncode == 0
    (sent,) = some.daemon.asked("POST /v1/projects/other/deploys")
    assert (sent.json["kind"], sent.json["options"]) == ("stop", {"instances": ["ffe789"]})


def test_what_runs_is_not_removed_unasked(some):
    done = some.run("rm", "api-1")
    assert done.returncode == 1
    assert "is running" in done.stderr
    assert some.run("rm", "-f", "api-1").returncode == 0
    kinds = [sent.json["kind"] for sent in some.daemon.asked("POST /v1/projects/shop/deploys")]
    assert kinds == ["stop", "rm"]
    assert some.run("rm", "api-2").returncode == 0
    assert some.deploy()["options"] == {"instances": ["abd456"]}


def test_services_that_are_forced_out_are_stopped_first(some):
    assert some.run("rm", "-f", "api").returncode == 0
    sent = [sent.json for sent in some.daemon.asked("POST /v1/projects/shop/deploys")]
    assert [one["kind"] for one in sent] == ["stop", "rm"]
    assert [one["options"] for one in sent] == [{"services": ["api"]}] * 2


def test_what_is_no_replica_is_no_deploy(some):
    some.instances(instance("default-once-1", "eee111", oneoff=True))
    assert some.run("rm", "-f", "eee111").stdout == "default-once-1\n"
    assert actions(some) == [["eee111", "remove"]]
    assert some.daemon.requests[-1].json["force"] is True


def test_ps_shows_what_runs(some):
    done = some.run("ps")
    heading, line = done.stdout.splitlines()
    assert heading.split() == "NAME ID SERVICE STATE TRAFFIC REV UP PORTS IMAGE".split()
    assert line.split()[:6] == ["shop-api-1", "abc123", "api", "running", "(healthy)", "serving"]
    assert "exited (3)" in some.run("ps", "-a").stdout
    assert some.run("ps", "-a", "-q").stdout == "abc123\nabd456\n"
    assert "other-api-1" in some.run("ps", "--all-projects").stdout
    assert [i["id"] for i in json.loads(some.run("ps", "--json").stdout)["instances"]] == ["abc123"]


def test_without_a_project_all_are_shown(some, tmp_path):
    some.folder = tmp_path
    assert "other-api-1" in some.run("ps").stdout
    assert some.run("logs").returncode == 1

# SPDX-License-Identifier: Apache-2.0
"""images, rmi, pull, prune, stats, events, version."""

import json

from played_events import instance, result


def test_images_are_listed_and_removed(shell):
    image = {
        "id": "sha256:0123456789abcdef0123",
        "names": ["shop/api:1", "shop/api:2"],
        "size_bytes": 12345678,
        "created": "2026-11-21T13:44:11Z",
        "used": True,
    }
    shell.daemon.answer("GET /v1/images", {"images": [image, {**image, "names": []}]})
    lines = shell.run("images").stdout.splitlines()
    assert lines[0].split() == ["IMAGE", "ID", "AGE", "SIZE", "USED"]
    assert lines[1].split()[:2] == ["shop/api:1", "0123456789ab"]
    assert "12.3 MB  yes" in lines[1]
    assert [line.split()[0] for line in lines[1:]] == ["shop/api:1", "shop/api:2", "(no"]
    shell.daemon.answer("DELETE /v1/images/shop%2Fapi:1", {})
    assert shell.run("rmi", "-f", "shop/api:1").stdout == "shop/api:1 removed\n"
    assert shell.daemon.requests[-1].query == {"force": "1"}


def test_pull_takes_services_or_images(shell):
    shell.daemon.answer("POST /v1/projects/shop/pull", stream=[{"type": "result"}])
    shell.daemon.answer(
        "POST /v1/images/pull",
        stream=[
            {"type": "progress", "text": "layer", "done": 1, "total": 2},
            {"type": "result", "error": "pulling nginx: no such image"},
        ],
    )
    assert shell.run("pull").returncode == 0
    assert "services" not in shell.daemon.requests[-1].json
    assert shell.run("pull", "api").returncode == 0
    assert shell.daemon.requests[-1].json["services"] == ["api"]
    assert shell.daemon.requests[-1].json["spec"]["services"]["api"]["image"] == "api"
    done = shell.run("pull", "nginx")
    assert (done.returncode, done.stderr) == (1, "slipway: pulling nginx: no such image\n")
    assert shell.daemon.requests[-1].json == {"reference": "nginx"}


def test_prune_is_of_this_project_unless_all_are_meant(shell):
    stream = [{"type": "output", "text": "image x"}, {"type": "result", "bytes": 1500000}]
    shell.daemon.answer("POST /v1/prune", stream=stream)
    assert shell.run("prune").stdout == "image x\n1.5 MB given back\n"
    assert shell.daemon.requests[-1].json == {"project": "shop"}
    shell.run("prune", "--all")
    assert shell.daemon.requests[-1].json == {"project": None}


def test_stats_are_differences(shell):
    shell.instances(instance("shop-api-1", "abc1"), instance("shop-db-1", "def2", state="exited"))
    shell.daemon.answer(
        "GET /v1/projects/shop/instances/abc1/stats",
        {"cpu_ns": 5, "memory_bytes": 2048, "memory_limit_bytes": 0, "processes": 3},
    )
    lines = shell.run("stats").stdout.splitlines()
    assert len(lines) == 2
    assert lines[1].split()[:2] == ["shop-api-1", "0.0%"]
    figures = json.loads(shell.run("stats", "--json").stdout)["instances"]
    assert [(one["name"], one["memory_bytes"]) for one in figures] == [("shop-api-1", 2048)]


def test_events_are_lines(shell):
    event = {
        "sequence": 1,
        "time": "2026-11-21T13:44:11.5Z",
        "project": "shop",
        "type": "instance",
        "service": "api",
        "instance": "abc1",
        "what": "died",
        "text": "with 3\x1b[2J",
    }
    shell.daemon.answer("GET /v1/events", stream=[event, result()])
    done = shell.run("events")
    assert done.stdout.splitlines()[0] == (
        "2026-11-21T13:44:11 shop instance api (abc1): died: with 3\\x1b[2J"
    )
    assert shell.daemon.requests[-1].query == {"project": "shop", "follow": "1"}
    assert json.loads(shell.run("--json", "events", "--no-follow").stdout.splitlines()[0]) == event
    assert shell.daemon.requests[-1].query == {"project": "shop"}


def test_both_versions_are_told(shell):
    lines = shell.run("version").stdout.splitlines()
    assert lines[0].startswith("slipway ")
    assert lines[1] == "daemon  played"
    assert json.loads(shell.run("version", "--json").stdout)["daemon"] == "played"

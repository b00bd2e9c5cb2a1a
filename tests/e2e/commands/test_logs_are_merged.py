# SPDX-License-Identifier: Apache-2.0

import json
import subprocess
import threading

import pytest
from played_events import instance


def line(second, text, stream="stdout"):
    return {"time": f"2026-11-21T13:44:{second:02}.5Z", "stream": stream, "text": text}


@pytest.fixture
def two(shell):
    shell.instances(instance("shop-api-1", "abc1"), instance("shop-database-1", "def2"))
    return shell


def logs(shell, identity, stream):
    shell.daemon.answer(f"GET /v1/projects/shop/instances/{identity}/logs", stream=stream)


def test_lines_come_in_the_order_of_time(two):
    logs(two, "abc1", [line(1, "a"), line(3, "c"), line(4, "d")])
    logs(two, "def2", [line(2, "b"), line(5, "e")])
    done = two.run("logs")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "api-1      | a\n"
        "database-1 | b\n"
        "api-1      | c\n"
        "api-1      | d\n"
        "database-1 | e\n"
    )
    assert two.run("logs", "--no-log-prefix", "database").stdout == "b\ne\n"
    assert two.run("logs", "--no-log-prefix", "-t", "api-1").stdout.startswith("2026-11-21T13:44:01.5Z a\n")


def test_a_quiet_one_keeps_nobody_back(two):
    release = threading.Event()

    def quiet(request):
        release.wait(20)
        yield line(9, "late")

    logs(two, "abc1", quiet)
    logs(two, "def2", [line(1, "b")])
    process = two.start("logs", "-f", stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "database-1 | b\n"
    release.set()
    assert process.stdout.readline() == "api-1      | late\n"
    assert process.wait(20) == 0
    process.stdout.close()


def test_options_are_handed_on(two):
    logs(two, "abc1", [])
    two.run("logs", "--tail", "5", "--since", "2026-11-21", "--until", "1795268651.25", "-f", "api")
    query = two.daemon.requests[-1].query
    assert query["tail"] == "5"
    assert query["since"] == "2026-11-21T00:00:00.000000000Z"
    assert query["until"] == "2026-11-21T13:44:11.250000000Z"
    assert query["follow"] == "1"
    two.run("logs", "--tail", "all", "api")
    assert "tail" not in two.daemon.requests[-1].query
    assert two.run("logs", "--since", "soon", "api").returncode == 2
    assert two.run("logs", "--tail", "x", "api").returncode == 2


def test_a_terminal_keeps_colours_and_obeys_nothing_else(two, window):
    logs(two, "abc1", [line(1, "\x1b[31mred\x1b[0m\x1b[2J\x1b]0;x\x07\ttab")])
    process = two.start("logs", "--no-log-prefix", "api", stdout=window.follower)
    assert process.wait(20) == 0
    window.read_until(b"tab")
    assert b"\x1b[31mred\x1b[0m\\x1b[2J\\x1b]0;x\\x07" in window.text


def test_programs_get_objects(two):
    logs(two, "abc1", [line(1, "a")])
    assert json.loads(two.run("logs", "--json", "api").stdout) == {"instance": "api-1", **line(1, "a")}


def test_one_that_breaks_off_is_told_and_the_others_go_on(two):
    def broken(request):
        yield line(1, "a")
        raise ConnectionResetError

    logs(two, "abc1", broken)
    logs(two, "def2", [line(2, "b")])
    done = two.run("logs")
    assert done.returncode == 1
    assert done.stdout == "api-1      | a\ndatabase-1 | b\n"
    assert "api-1: " in done.stderr


def test_those_that_are_made_later_are_followed_too(two):
    ended = threading.Event()

    def live(text):
        def stream(request):
            yield line(1, text)
            ended.wait(20)

        return stream

    def events(request):
        two.daemon.wait_for("GET /v1/projects/shop/instances/abc1/logs")
        logs(two, "abc9", live("new"))
        two.instances(instance("shop-api-1", "abc1"), instance("shop-api-2", "abc9"))
        yield {"type": "step", "id": 1, "step": "start", "state": "done"}
        ended.wait(20)

    logs(two, "abc1", live("old"))
    two.daemon.answer("GET /v1/events", stream=events)
    process = two.start("logs", "-f", "api", stdout=subprocess.PIPE, text=True)
    try:
        assert [process.stdout.readline() for _ in range(2)] == ["api-1 | old\n", "api-2 | new\n"]
        assert two.daemon.asked("GET /v1/events")[0].query == {"project": "shop", "follow": "1"}
    finally:
        process.terminate()
        process.wait(20)
        ended.set()
        process.stdout.close()

# SPDX-License-Identifier: Apache-2.0
import pytest
from support.docker_stack import Failed

FILE = """
services:
  a: {image: slipway.test/base, command: [sleep, '1000'], user: '7:8'}
  chat: {image: slipway.test/base, command: [sh, -c, 'echo first; cat; echo last >&2; exit 7']}
  ill: {image: slipway.test/base, command: [/no/such/program]}
"""


@pytest.fixture
def ready(stack):
    stack.compose(FILE)
    stack("prepare")
    return stack


def test_exec_hands_over_input_output_and_status(ready):
    made = ready.up("a")
    said = ready("exec", made["id"], "one\ntwo\n", "sh", "-c", "cat; echo bad >&2; id -u; exit 5")
    assert "errors bad\n" in said
    assert said.endswith("exit 5\n")
    output = "".join(line.removeprefix("output ") for line in said.splitlines(True))
    assert "one\ntwo\n" in output and "7\n" in output


def test_much_output_and_much_input_arrive(ready):
    made = ready.up("a")
    given = "x" * 100_000
    words, status = ready.exec(made["id"], "wc", "-c", given=given)
    assert (words, status) == ("100000", 0)
    said = ready("exec", made["id"], "", "sh", "-c", "yes | head -c 3000000")
    assert said.count("y") == 1_500_000


def test_exec_has_a_terminal_of_that_size(ready):
    made = ready.up("a")
    said = ready("exec-terminal", made["id"], "", "sh", "-c",
                 "while [ -z \"$(stty size 2>/dev/null)\" ]; do :; done; stty size")
    assert "33 77" in said and said.endswith("exit 0\n")


def test_a_program_that_is_not_there(ready):
    made = ready.up("a")
    done = ready.run("exec", made["id"], "", "/no/such")
    assert "exit 12" in done.stdout or "no such file" in done.stderr, done.stdout
    done = ready.run("exec", "0123456789ab", "", "ls")
    assert done.returncode == 1 and "0123456789ab" in done.stderr


def test_attach_starts_what_waits_for_it(ready):
    made = ready.create("chat", 1, "i")
    said = ready("attach", made["id"], "hello\n")
    assert "first" in said and "hello" in said
    assert "errors last\n" in said and said.endswith("exit 7\n")
    assert ready("wait", made["id"]) == "status=7\n"


def test_logs_tell_streams_apart(ready):
    made = ready.create("chat", 1)
    ready("start", made["id"])
    assert ready("wait", made["id"]) == "status=7\n"
    assert sorted(ready("logs", made["id"]).splitlines()) == ["err 1 last", "out 1 first"]
    assert sorted(ready("logs", made["id"], 1).splitlines()) == ["err 1 last", "out 1 first"]


def test_what_cannot_be_started_says_why(ready):
    made = ready.create("ill")
    with pytest.raises(Failed, match="starting .*-ill-1: .*no such file"):
        ready("start", made["id"])


def test_instances_of_others_are_out_of_reach(ready, other):
    other.compose("services: {b: {image: slipway.test/base, command: [sleep, '1000']}}")
    other("prepare")
    theirs = other.up("b")
    for words in (["start"], ["logs"], ["wait"], ["join"], ["statistics"], ["exec"], ["attach"]):
        done = ready.run(words[0], theirs["id"], "", "ls")
        assert done.returncode == 1 and "not one of the project" in done.stderr, words
    for words in (["stop", 0], ["kill", 9], ["remove", 1], ["leave"]):
        ready.run(words[0], theirs["id"], *words[1:])
    assert other.instances()[0]["state"] == "running"

# SPDX-License-Identifier: Apache-2.0
"""The file of rules: refused at the start where it is wrong, read anew on SIGHUP."""

import signal
import threading

import pytest


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rules.txt"
    path.write_text("else: always => the first text\n")
    return path


def outcome(service):
    return service.ask("POST", "/combine", '{"integer": 1, "number": 2}').json["outcome"]


def test_new_rules_are_taken(start, file):
    service = start("combine", RULES_FILE=file)
    assert outcome(service) == "the first text"
    file.write_text("one: integer = 1 => the second {integer}\nelse: always => no\n")
    service.process.send_signal(signal.SIGHUP)
    assert service.wait_for("in force") == f"{file}: 2 rules are in force"
    assert outcome(service) == "the second 1"


def test_wrong_rules_are_not_taken_and_the_old_ones_stay(start, file):
    service = start("combine", RULES_FILE=file)
    file.write_text("one: integer ~ 1 => x\n\ntwo: number is prime => {y}\n")
    service.process.send_signal(signal.SIGHUP)
    service.wait_for("the old ones stay")
    told = [message for message in service.messages() if message.startswith(f"{file}:")]
    assert [message.split(":")[1] for message in told[:3]] == ["1", "3", "3"]
    assert outcome(service) == "the first text"

    file.unlink()
    service.process.send_signal(signal.SIGHUP)
    service.wait_for("cannot be read")
    service.wait_for("the old ones stay")
    assert outcome(service) == "the first text"

    file.write_text("else: always => the third text\n")
    service.process.send_signal(signal.SIGHUP)
    service.wait_for("in force")
    assert outcome(service) == "the third text"
    assert service.stop() == 0


def test_it_does_not_start_with_wrong_rules_and_tells_all_problems(refused, file):
    file.write_text("one: integer ~ 1 => x\n\nTwo: number = x => {y}\nthree\n")
    assert refused("combine", PORT=0, RULES_FILE=file) == [
        f'{file}:1: after integer comes one of = != < <= > >= in is, not "~"',
        f'{file}:3: the name "Two" is not 1 to 32 of a-z, 0-9, "-" and "_"',
        f'{file}:3: "x" is not a number such as 42, -1.5 or 1e-4',
        f'{file}:3: {{y}} is nothing known; there are integer, number, product, rule and "TEXT"',
        f'{file}:4: there is no "=>": a rule is NAME: CONDITIONS => TEXT',
    ]


def test_it_does_not_start_without_rules(refused, tmp_path):
    missing = tmp_path / "missing"
    assert refused("combine", PORT=0, RULES_FILE=missing) == [
        f"{missing}: cannot be read: No such file or directory"]


def test_wrong_settings_and_wrong_rules_are_told_together(refused, file):
    file.write_text("else: always\n")
    messages = refused("combine", PORT="x", RULES_FILE=file)
    assert [message.split(":")[0] for message in messages] == ["PORT", str(file)]


def test_requests_while_rules_change_see_the_old_or_the_new(start, file):
    service = start("combine", RULES_FILE=file)
    is_over = threading.Event()
    seen = set()
    failures = []

    def ask():
        try:
            while not is_over.is_set():
                seen.add(outcome(service))
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(20):
        file.write_text(f"else: always => text {i}\n")
        service.process.send_signal(signal.SIGHUP)
        service.wait_for("in force")
    assert outcome(service) == "text 19"
    is_over.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert seen <= {"the first text", *(f"text {i}" for i in range(20))}

# SPDX-License-Identifier: Apache-2.0

import pytest

from support.stack import wait_until

BAD = {
    "no-such-image": ({"image": "app:nowhere", "pull_policy": "missing"}, "app:nowhere"),
    "exits": ({"environment": {"EXIT": "3"}}, "cannot start"),
    "is-ill": ({"environment": {"HEALTH": "fail"}}, "web"),
    "its-own-check": (
        {"healthcheck": {"test": ["CMD", "/nowhere"], "interval": "1s", "retries": 2}},
        "web",
    ),
}


@pytest.mark.parametrize("kind", list(BAD))
def test_what_does_not_pass_never_serves(stack, kind):
    more, said = BAD[kind]
    deadline = {"deadline": "6s"}
    stack.web("v1", deploy=deadline)
    stack.up()
    ids, containers = stack.ids(), stack.containers()
    with stack.load() as load:
        service = {**stack.service("v2", 2), **more}
        stack.write(stack.project({"web": service}, deadline))
        output = stack.fails("up", "-d")
        load.was_not_disturbed()
    assert said in output, output
    assert stack.ids() == ids
    wait_until(
        lambda: stack.engine.project_containers("shop") == containers, "the end of the new ones"
    )
    stack.serves("v1")


def test_the_whole_stack_is_undone_when_the_last_of_four_fails(stack):
    names = ("data", "queue", "api", "web")

    def services(answer, **last):
        found = {}
        for number, name in enumerate(names):
            found[name] = stack.service(answer)
            if number:
                found[name]["depends_on"] = [names[number - 1]]
        found["web"]["environment"].update(last)
        return found

    stack.write(stack.project(services("v1")))
    stack.up()
    ids = {name: stack.ids(name) for name in names}
    with stack.load() as load:
        stack.write(stack.project(services("v2", EXIT="3"), {"deadline": "8s"}))
        output = stack.fails("up", "-d")
        load.was_not_disturbed()
    assert "web" in output and "cannot start" in output, output
    assert {name: stack.ids(name) for name in names} == ids
    assert len(stack.engine.project_containers("shop")) == 4


def test_a_bake_that_goes_badly_undoes_all(stack):
    bake = {"bake": "20s", "thresholds": {"errors": 5.0, "latency": 3.0, "samples": 50}}
    stack.web("v1", deploy=bake)
    stack.up()
    ids = stack.ids()
    with stack.load(rate=200) as load:
        wait_until(lambda: stack.requests() > 200, "enough to compare with")
        stack.web("v2", environment={"ERRORS": "50"}, deploy=bake)
        output = stack.fails("up", "-d")
        result = load.end()
    others = {kind for kind, count in result["failures"].items() if count} - {"status"}
    assert not others and result["failed"] > 0, (result, output)
    assert stack.ids() == ids
    stack.serves("v1")

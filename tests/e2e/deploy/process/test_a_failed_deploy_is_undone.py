# SPDX-License-Identifier: Apache-2.0

import pytest

from support.stack import wait_until


BAD = {
    "exits": ({"EXIT": "3"}, r"cannot start"),
    "is-ill": ({"HEALTH": "fail"}, r"web"),
    "never-listens": ({"START_MS": "60000"}, r"web"),
}


@pytest.mark.parametrize("kind", list(BAD))
def test_what_does_not_pass_never_serves(stack, kind):
    environment, said = BAD[kind]
    stack.web("v1", deploy={"deadline": "3s"})
    stack.up()
    ids, programs = stack.ids(), stack.programs()
    with stack.load() as load:
        stack.web("v2", environment=environment, deploy={"deadline": "3s"})
        output = stack.fails("up", "-d")
        load.was_not_disturbed()
    assert said in output and "failed=" in output and "failed=0" not in output, output
    stack.serves("v1")
    assert stack.ids() == ids
    wait_until(lambda: stack.programs() == programs, "the end of the new ones")
    assert stack.serving() == 1
    stack.web("v3", deploy={"deadline": "3s"})
    stack.up()
    stack.serves("v3")


def test_a_program_that_is_not_there(stack):
    stack.web()
    stack.up()
    ids = stack.ids()
    with stack.load() as load:
        stack.web("v2", command=["/nowhere/app"])
        output = stack.fails("up", "-d")
        load.was_not_disturbed()
    assert "/nowhere/app" in output, output
    assert stack.ids() == ids


def test_the_first_deploy_fails(stack):
    stack.web(environment={"EXIT": "3"}, deploy={"deadline": "3s"})
    output = stack.fails("up", "-d")
    assert "cannot start" in output, output
    wait_until(lambda: not stack.programs(), "the end of all")
    stack.web()
    stack.up()
    stack.serves("v1")


def test_the_whole_stack_is_undone_when_the_last_of_four_fails(stack):
    names = ("data", "queue", "api", "web")

    def services(answer):
        found = {}
        for number, name in enumerate(names):
            found[name] = stack.service(answer)
            if number:
                found[name]["depends_on"] = [names[number - 1]]
        return found

    stack.write(stack.project(services("v1"), {"deadline": "6s"}))
    stack.up()
    ids = {name: stack.ids(name) for name in names}
    with stack.load() as load:
        broken = services("v2")
        broken["web"]["environment"]["EXIT"] = "3"
        stack.write(stack.project(broken, {"deadline": "6s"}))
        output = stack.fails("up", "-d")
        load.was_not_disturbed()
    assert "web" in output and "cannot start" in output, output
    assert {name: stack.ids(name) for name in names} == ids
    stack.serves("v1")
    wait_until(lambda: len(stack.programs()) == 4, "the end of the new ones")


@pytest.mark.parametrize(
    "environment", [{"ERRORS": "50"}, {"DELAY_MS": "250"}], ids=["errors", "latency"]
)
def test_a_bake_that_goes_badly_undoes_all(stack, environment):
    bake = {"bake": "20s", "thresholds": {"errors": 5.0, "latency": 3.0, "samples": 50}}
    stack.web("v1", deploy=bake)
    stack.up()
    ids = stack.ids()
    with stack.load(rate=200) as load:
        wait_until(lambda: stack.requests() > 200, "enough to compare with")
        stack.web("v2", environment=environment, deploy=bake)
        output = stack.fails("up", "-d")
        result = load.end()
    others = {kind: count for kind, count in result["failures"].items() if kind != "status" and count}
    assert not others, (result, output)
    assert "DELAY_MS" in environment and result["failed"] == 0 or result["failed"] > 0
    stack.serves("v1")
    assert stack.ids() == ids


def test_a_bake_that_goes_well(stack):
    bake = {"bake": "2s", "thresholds": {"latency": 1000}}  # a busy machine is no reason to go back
    stack.web("v1", deploy=bake)
    stack.up()
    with stack.load() as load:
        stack.web("v2", deploy=bake)
        stack.up()
        load.was_not_disturbed()
    stack.serves("v2")
    assert len(stack.programs()) == 2


def test_one_off_jobs_go_first_and_their_failure_ends_it(stack):
    def services(answer, **job):
        return {
            "migrate": {
                **stack.service(),
                "command": ["/bin/sh", "-c", "echo moved; exit $$STATUS"],
                "environment": {"STATUS": "0", **job},
                "restart": "no",
            },
            "web": {
                **stack.service(answer),
                "depends_on": {"migrate": {"condition": "service_completed_successfully"}},
            },
        }

    def project(*arguments, **job):
        found = services(*arguments, **job)
        del found["migrate"]["expose"]
        return stack.project(found)

    stack.write(project("v1"))
    stack.up()
    stack.serves("v1")
    with stack.load() as load:
        stack.write(project("v2", STATUS="4"))
        output = stack.fails("up", "-d")
        stack.serves("v1")
        stack.write(project("v2", STATUS="0", AGAIN="1"))
        stack.up()
        load.was_not_disturbed()
    assert "migrate" in output and "moved" in output, output
    stack.serves("v2")

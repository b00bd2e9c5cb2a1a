# SPDX-License-Identifier: Apache-2.0

import json


def test_exit_status_says_what_there_is_to_do(stack):
    stack.web("v1")
    stack.fails("plan", "--detailed-exitcode", status=2)
    stack.up()
    stack.passes("plan", "--detailed-exitcode")
    ids = stack.ids()
    stack.web("v2")
    output = stack.fails("plan", "--detailed-exitcode", status=2)
    assert "web" in output
    assert stack.passes("plan")
    assert stack.ids() == ids
    stack.serves("v1")


def test_a_plan_is_applied_as_it_is(stack):
    stack.web("v1")
    stack.up()
    stack.web("v2")
    plan = stack.folder / "plan.json"
    stack.passes("plan", "-o", str(plan))
    json.loads(plan.read_text())
    with stack.load() as load:
        stack.passes("apply", str(plan))
        load.was_not_disturbed()
    stack.serves("v2")


def test_a_stale_plan_is_refused(stack):
    stack.web("v1")
    stack.up()
    stack.web("v2")
    plan = stack.folder / "plan.json"
    stack.passes("plan", "-o", str(plan))
    stack.web("v3")
    stack.up()
    output = stack.fails("apply", str(plan))
    assert "plan" in output
    stack.serves("v3")


def test_secrets_are_masked(stack):
    stack.web(environment={"DB_PASSWORD": "hunter2"})
    stack.up()
    stack.web(environment={"DB_PASSWORD": "hunter3"})
    texts = [stack.passes("plan"), stack.passes("diff")]
    stack.up()
    texts += [stack.passes("diff", "1", "2")]
    texts += [json.dumps(stack.api("/v1/projects/shop/revisions/2"))]
    for text in texts:
        assert "hunter" not in text, text

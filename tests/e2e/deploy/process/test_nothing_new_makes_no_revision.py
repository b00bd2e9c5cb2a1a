# SPDX-License-Identifier: Apache-2.0

import shutil

import pytest


@pytest.fixture
def program(stack):
    """A copy of the workload that may become another."""
    path = stack.folder / "app"
    shutil.copy(stack.tools.app, path)
    path.chmod(0o755)
    stack.write(stack.project({"web": stack.service(command=[str(path)])}))
    return path


def change(program):
    other = program.with_suffix(".new")
    shutil.copy(program, other)
    with other.open("ab") as file:
        file.write(b"#")
    other.rename(program)


def numbers(stack):
    return [one["number"] for one in stack.api("/v1/projects/shop/revisions")["revisions"]]


def test_the_same_file_again(stack, program):
    stack.up()
    ids = stack.ids()
    output = stack.passes("up")
    assert "revision 1 serves already" in output
    assert stack.ids() == ids and numbers(stack) == [1]
    stack.passes("plan", "--detailed-exitcode")


def test_unless_all_is_to_be_made_anew(stack, program):
    stack.up()
    ids = stack.ids()
    stack.passes("up", "--force-recreate")
    assert not set(ids) & set(stack.ids()) and len(numbers(stack)) == 2


def test_another_program_under_the_same_name_does(stack, program):
    stack.up()
    ids = stack.ids()
    change(program)
    stack.fails("plan", "--detailed-exitcode", status=2)
    assert stack.ids() == ids
    with stack.load() as load:
        output = stack.up()
        load.was_not_disturbed()
    assert "an image or a program is another than in revision 1: this is revision 2" in output, output
    assert not set(ids) & set(stack.ids()) and len(numbers(stack)) == 2


def test_a_plan_for_another_program_is_stale(stack, program):
    stack.up()
    change(program)
    plan = stack.folder / "plan.json"
    stack.passes("plan", "-o", str(plan))
    change(program)
    output = stack.fails("apply", str(plan))
    assert "stale" in output
    stack.passes("plan", "-o", str(plan))
    stack.passes("apply", str(plan))


def test_what_has_done_its_work_is_no_failure(stack):
    services = {"web": stack.service(), "once": {"command": ["/bin/true"], "x-slipway": {"runtime": "process"}}}
    stack.write(stack.project(services))
    stack.up()
    stack.serves("v1")
    assert "revision 1 serves already" in stack.passes("up")

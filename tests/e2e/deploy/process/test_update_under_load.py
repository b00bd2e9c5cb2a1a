# SPDX-License-Identifier: Apache-2.0

import shutil

from support.stack import wait_until


def test_a_new_version(stack):
    stack.web("v1", 3)
    stack.up()
    before = stack.programs()
    with stack.load() as load, stack.sockets() as sockets:
        stack.web("v2", 3)
        update = stack.start("up", "-d")
        wait_until(lambda: stack.answers() == {(200, "v2")}, "the new version", lambda: update.text)
        assert sockets.lost == 0  # they stay with the old one, while it drains
        update.ends(0)
        load.was_not_disturbed()
    after = stack.programs()
    assert len(after) == 3 and not set(after) & set(before)
    stack.serves("v2")


def test_back_and_forth(stack):
    stack.web("v1")
    stack.up()
    with stack.load() as load:
        stack.web("v2")
        stack.up()
        stack.passes("rollback")
        stack.serves("v1")
        stack.passes("rollback", "2")
        stack.serves("v2")
        load.was_not_disturbed()
    assert stack.serving() == 2


def test_more_and_fewer(stack):
    stack.web()
    stack.up()
    before = set(stack.ids())
    with stack.load() as load:
        stack.passes("scale", "web=4")
        assert before < set(stack.ids()) and len(stack.programs()) == 4
        stack.passes("scale", "web=1")
        assert len(stack.programs()) == 1 and set(stack.ids()) < before
        stack.passes("up", "-d", "--scale", "web=2")
        assert len(stack.programs()) == 2
        load.was_not_disturbed()


def test_only_what_changed_is_replaced(stack):
    services = {name: stack.service(name) for name in ("aa", "bb", "cc")}
    stack.write(stack.project(services, front="bb"))
    stack.up()
    ids = {name: stack.ids(name) for name in services}
    with stack.load() as load:
        services["bb"]["environment"]["COLOUR"] = "blue"
        stack.write(stack.project(services, front="bb"))
        stack.up()
        load.was_not_disturbed()
    assert {name: stack.ids(name) == ids[name] for name in services} == {
        "aa": True,
        "bb": False,
        "cc": True,
    }


def test_listeners_and_rules_change_with_the_revision(stack):
    stack.web("v1")
    stack.up()
    with stack.load() as load:
        project = stack.project({"web": stack.service("v2", 2)})
        project["x-slipway"]["listeners"]["web"]["rules"] = [
            {"when": {"path": ["/old"]}, "respond": {"status": 418, "body": "tea"}}
        ]
        stack.write(project)
        stack.up()
        assert stack.ask("/old") == (418, "tea")
        stack.passes("rollback")
        assert stack.ask("/old") == (200, "v1")
        load.was_not_disturbed()


def test_the_old_bytes_run_again_after_a_rollback(stack):
    program = stack.folder / "app"
    shutil.copy(stack.tools.app, program)
    stack.web(command=[str(program)])
    stack.up()
    assert len(stack.programs()) == 2
    program.unlink()
    program.write_bytes(stack.tools.app.read_bytes() + b"more")
    program.chmod(0o755)
    with stack.load() as load:
        stack.up()
        assert stack.programs() == []  # they are told by their size
        program.unlink()
        stack.passes("rollback")
        assert len(stack.programs()) == 2
        load.was_not_disturbed()


def test_a_few_at_a_time(stack):
    update = {"parallelism": 1, "order": "start-first", "delay": "0s", "monitor": "1s"}
    stack.write(rolling(stack, "v1", update))
    stack.up()
    with stack.load() as load:
        stack.write(rolling(stack, "v2", update))
        command = stack.start("up", "-d")
        wait_until(lambda: len(stack.answers()) == 2, "both at once", lambda: command.text)
        command.ends(0)
        load.was_not_disturbed()
    stack.serves("v2")


def rolling(stack, answer, update):
    service = stack.service(answer)
    service["deploy"] = {"replicas": 3, "update_config": update}
    return stack.project({"web": service})


def test_canary(stack):
    # A machine that is busy with other things too is no reason to go back.
    steps = {"canary": [{"percent": 30, "for": "2s"}], "thresholds": {"latency": 1000}}
    stack.web("v1", deploy=steps)
    stack.up()
    with stack.load() as load:
        stack.web("v2", deploy=steps)
        command = stack.start("up", "-d")
        wait_until(lambda: len(stack.answers(30)) == 2, "both at once", lambda: command.text)
        command.ends(0)
        load.was_not_disturbed()
    stack.serves("v2")

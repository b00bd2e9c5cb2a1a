# SPDX-License-Identifier: Apache-2.0

from support.stack import wait_until


def test_a_new_image(stack):
    stack.web("v1", 3)
    stack.up()
    stack.serves("v1")
    assert stack.containers() == ["shop-web-1", "shop-web-2", "shop-web-3"]
    with stack.load() as load, stack.sockets() as sockets:
        stack.web("v2", 3)
        update = stack.start("up", "-d")
        wait_until(lambda: stack.answers() == {(200, "v2")}, "the new version", lambda: update.text)
        assert sockets.lost == 0
        update.ends(0)
        load.was_not_disturbed()
    assert len(stack.containers()) == 3
    stack.serves("v2")


def test_rollback_and_scale(stack):
    stack.web("v1")
    stack.up()
    with stack.load() as load:
        stack.web("v2")
        stack.up()
        stack.passes("rollback")
        stack.serves("v1")
        stack.passes("scale", "web=4")
        assert len(stack.containers()) == 4
        stack.passes("scale", "web=1")
        assert len(stack.containers()) == 1
        stack.passes("deploy", "web", "--image", "app:v3")
        stack.serves("v3")
        load.was_not_disturbed()


def test_only_what_changed_is_replaced(stack):
    services = {"web": stack.service(), "other": stack.service("v2")}
    stack.write(stack.project(services))
    stack.up()
    ids = {name: stack.ids(name) for name in services}
    with stack.load() as load:
        services["web"]["environment"]["COLOUR"] = "blue"
        stack.write(stack.project(services))
        stack.up()
        load.was_not_disturbed()
    assert stack.ids("other") == ids["other"] and stack.ids("web") != ids["web"]


def test_published_ports_are_balanced(stack):
    port = stack.space.free_port()
    service = stack.service("v1", 3)
    service["ports"] = [{"target": 8000, "published": str(port), "app_protocol": "http"}]
    project = {"name": stack.name, "services": {"web": service}}
    stack.write(project)
    stack.up()
    assert len({stack.ask("/instance", port=port)[1] for _ in range(12)}) == 3
    service["image"] = "app:v2"
    stack.write(project)
    stack.port = port
    with stack.load() as load:
        stack.up()
        load.was_not_disturbed()
    stack.serves("v2")


def test_a_name_leads_to_who_is_healthy(stack):
    services = {
        "web": stack.service("v1", 2),
        "client": {"image": "shell:1", "command": ["sleep", "1000"], "stop_grace_period": "0s"},
    }
    stack.write(stack.project(services))
    stack.up()
    assert stack.passes("exec", "client", "wget", "-q", "-O", "-", "http://web:8000/").strip() == "v1"
    services["web"]["image"] = "app:v2"
    stack.write(stack.project(services))
    stack.up()
    for _ in range(4):
        output = stack.passes("exec", "client", "wget", "-q", "-O", "-", "http://web:8000/")
        assert output.strip() == "v2"

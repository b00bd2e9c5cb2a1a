# SPDX-License-Identifier: Apache-2.0

import base64
import io
import json
import os
import tarfile

import pytest

from support.own_engine import REGISTRY_PASSWORD, REGISTRY_USER

MACHINES = {"x86_64": ("arm64", b"\xb7\0"), "aarch64": ("amd64", b"\x3e\0")}  # and in ELF


@pytest.fixture
def served(stack):
    stack.web("v1")
    stack.up()
    return stack.ids()


def is_refused_whole(stack, ids, project, *words):
    """One clear error, and what was there serves on. Gives what was said."""
    stack.write(project)
    with stack.load() as load:
        output = stack.fails("up", "-d", *words)
        load.was_not_disturbed()
    assert stack.ids() == ids
    assert len(stack.engine.project_containers("shop")) == len(ids)
    stack.serves("v1")
    return output


def make_for(engine, folder, name, architecture):
    """Says of the image that it is for another machine, which `docker import` does not do everywhere."""
    before, after = folder / "before.tar", folder / "after.tar"
    engine.docker("save", "-o", str(before), name)
    with tarfile.open(before) as saved, tarfile.open(after, "w") as changed:
        config = json.load(saved.extractfile("manifest.json"))[0]["Config"]
        for member in saved:
            data = saved.extractfile(member).read() if member.isfile() else None
            if member.name == config:
                data = json.dumps({**json.loads(data), "architecture": architecture}).encode()
                member.size = len(data)
            changed.addfile(member, io.BytesIO(data) if data is not None else None)
    engine.docker("rmi", name)
    engine.docker("load", "-i", str(after))


def test_an_image_for_another_machine(stack, engine, tools, served):
    other, number = MACHINES[os.uname().machine]
    program = tools.app.read_bytes()
    files = {"app": program[:18] + number + program[20:]}
    engine.make_image("alien:1", files, ['ENTRYPOINT ["/app"]'])
    make_for(engine, stack.folder, "alien:1", other)
    service = {**stack.service("v2", 2), "image": "alien:1"}
    output = is_refused_whole(stack, served, stack.project({"web": service}))
    assert other in output and "alien:1" in output, output


def test_a_build_that_fails(stack, served):
    context = stack.folder / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM shell:1\nRUN echo no luck today; exit 3\n")
    service = stack.service("v2", 2)
    service["image"] = "built:1"
    service["build"] = str(context)
    output = is_refused_whole(stack, served, stack.project({"web": service}), "--build")
    assert "no luck today" in output, output


def test_a_build_that_goes_well(stack, tools, served):
    context = stack.folder / "context"
    context.mkdir()
    (context / "app").write_bytes(tools.app.read_bytes())
    (context / "app").chmod(0o755)
    (context / "secret").write_text("not for images")
    (context / ".dockerignore").write_text("secret\n")
    (context / "Dockerfile").write_text(
        'FROM shell:1\nARG ANSWER=xx\nENV ANSWER=$ANSWER\nCOPY . /\nENTRYPOINT ["/app"]\n'
    )
    service = {**stack.service("v2", 2), "image": "built:1"}
    service["build"] = {"context": str(context), "args": {"ANSWER": "v7"}}
    stack.write(stack.project({"web": service}))
    with stack.load() as load:
        stack.up("--build")
        load.was_not_disturbed()
    stack.serves("v7")
    assert "secret" not in stack.passes("exec", "web", "ls", "/")


def test_a_host_port_that_is_taken(stack, served):
    other = stack.space.socket()
    try:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        services = {
            "web": stack.service("v1", 2),
            "second": {
                **stack.service("v2"),
                "ports": [{"target": 8000, "published": str(port), "mode": "host", "host_ip": "127.0.0.1"}],
            },
        }
        output = is_refused_whole(stack, served, stack.project(services))
    finally:
        other.close()
    assert str(port) in output and "second" in output, output


def test_a_volume_in_use(stack, engine):
    service = stack.service("v1")
    service["volumes"] = ["data:/data:ro"]
    project = stack.project({"web": service})
    project["volumes"] = {"data": {}}
    stack.write(project)
    stack.up()
    engine.docker("run", "-d", "--name", "foreign", "-v", "shop_data:/data", "shell:1", "sleep", "1000")
    try:
        output = stack.fails("down", "-v")
        assert "shop_data" in output and "foreign" in output or "in use" in output, output
        assert "shop_data" in engine.docker("volume", "ls", "-q").split()
    finally:
        engine.docker("rm", "-f", "foreign")
    stack.passes("down", "-v")
    assert "shop_data" not in engine.docker("volume", "ls", "-q").split()


def test_no_engine(stack, engine, served):
    engine.end()
    try:
        stack.web("v2")
        with stack.load() as load:
            output = stack.fails("up", "-d")
            load.was_not_disturbed()
        assert "docker.sock" in output or "engine" in output.lower(), output
        stack.serves("v1")
    finally:
        engine.begin()
    stack.up()
    stack.serves("v2")


def test_a_registry_that_refuses_and_then_does_not(stack, engine, served):
    registry = engine.start_registry(with_password=True)
    image = f"{registry}/team/app:7"
    engine.docker("login", "-u", REGISTRY_USER, "-p", REGISTRY_PASSWORD, registry)
    engine.docker("tag", "app:v2", image)
    engine.docker("push", image)
    engine.docker("rmi", image)
    engine.docker("logout", registry)
    project = stack.project({"web": {**stack.service("v2", 2), "image": image}})
    output = is_refused_whole(stack, served, project)
    assert image in output, output
    token = base64.b64encode(f"{REGISTRY_USER}:{REGISTRY_PASSWORD}".encode()).decode()
    folder = stack.folder / ".docker"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"auths": {registry: {"auth": token}}}))
    with stack.load() as load:
        stack.up()
        load.was_not_disturbed()
    stack.serves("v2")
    assert "sesame" not in stack.log()

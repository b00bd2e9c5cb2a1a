# SPDX-License-Identifier: Apache-2.0

import subprocess

import pytest
import yaml

from support.stack import wait_until

ALIEN = "alien.example"


@pytest.fixture
def neighbours(engine):
    """A project of docker-compose, and things that nobody has a label for."""
    docker = engine.docker
    label = ["--label", "com.docker.compose.project=neighbour"]
    docker("network", "create", *label, "neighbour_default")
    docker("volume", "create", *label, "neighbour_data")
    docker("volume", "create", "nobodys")
    docker("network", "create", "nobodys")
    docker("tag", "shell:1", f"{ALIEN}:1")
    docker(
        *("run", "-d", "--name", "neighbour_web_1", *label),
        *("--label", "com.docker.compose.service=web", "--network", "neighbour_default"),
        *("-v", "neighbour_data:/data", "shell:1", "sleep", "1000"),
    )
    docker("create", "--name", "nobodys", "-v", "nobodys:/data", "shell:1", "true")
    yield state(engine)
    docker("rm", "-f", "neighbour_web_1", "nobodys")
    docker("network", "rm", "neighbour_default", "nobodys")
    docker("volume", "rm", "neighbour_data", "nobodys")
    docker("rmi", f"{ALIEN}:1")


def state(engine):
    docker = engine.docker
    return {
        "containers": {
            name: engine.inspect(name)["State"]["StartedAt"]
            for name in ("neighbour_web_1", "nobodys")
            if name in engine.containers()
        },
        "networks": {"neighbour_default", "nobodys"} & set(docker("network", "ls", "--format", "{{.Name}}").split()),
        "volumes": {"neighbour_data", "nobodys"} & set(docker("volume", "ls", "-q").split()),
        "images": {
            name
            for name in docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
            if name.startswith((ALIEN, "shell", "app"))
        },
    }


def test_by_all_that_removes(stack, neighbours, engine):
    service = stack.service("v1", 2)
    service["volumes"] = ["data:/data:ro"]
    project = stack.project({"web": service})
    project["volumes"] = {"data": {}}
    stack.write(project)
    stack.up()
    service["image"] = "app:v2"
    stack.write(project)
    stack.up()
    stack.passes("prune")
    assert state(engine) == neighbours
    stack.passes("rollback")  # what a kept revision needs is there
    stack.serves("v1")
    stack.passes("stop")
    stack.passes("rm", "-f")
    assert engine.project_containers("shop") == []
    assert state(engine) == neighbours
    stack.passes("start")
    wait_until(lambda: len(stack.containers()) == 2, "them again", stack.log)
    stack.passes("down", "-v")
    stack.passes("prune")
    assert state(engine) == neighbours
    label = "label=com.docker.compose.project=shop"
    for words in (["ps", "-aq"], ["network", "ls", "-q"], ["volume", "ls", "-q"]):
        assert engine.docker(*words, "--filter", label) == ""


def compose(engine, folder, *words):
    done = subprocess.run(
        ["docker-compose", *words],
        cwd=folder,
        env=engine.client_environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_project_of_docker_compose_is_adopted_with_its_data(stack, engine):
    port = stack.space.free_port()
    project = {
        "version": "3.8",
        "services": {
            "web": {"image": "app:v1", "ports": [f"127.0.0.1:{port}:8000"]},
            "keeper": {
                "image": "shell:1",
                "command": ["sh", "-c", "[ -e /data/made ] || echo $$HOSTNAME >/data/made; sleep 1000"],
                "volumes": ["data:/data"],
                "stop_grace_period": "0s",
            },
        },
        "volumes": {"data": {}},
    }
    (stack.folder / "docker-compose.yaml").write_text(yaml.safe_dump(project))
    compose(engine, stack.folder, "-p", "shop", "up", "-d")
    keeper = engine.containers("label=com.docker.compose.service=keeper")[0]
    made = engine.docker("exec", keeper, "cat", "/data/made")
    volume = engine.inspect("shop_data")["CreatedAt"]
    del project["version"]
    stack.write({"name": "shop", **project})
    assert len(stack.instances()) == 2 or stack.passes("ps")
    stack.up()
    assert stack.passes("exec", "keeper", "cat", "/data/made").strip() == made
    assert engine.inspect("shop_data")["CreatedAt"] == volume
    assert stack.ask(port=port) == (200, "v1")
    names = stack.containers()
    assert len(names) == 2, names
    networks = engine.docker("network", "ls", "--format", "{{.Name}}").split()
    assert networks.count("shop_default") == 1
    stack.passes("down")
    assert "shop_data" in engine.docker("volume", "ls", "-q").split()

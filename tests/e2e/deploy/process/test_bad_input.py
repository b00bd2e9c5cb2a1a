# SPDX-License-Identifier: Apache-2.0

import os
import subprocess

import pytest

from support.stack import Stack


def test_a_port_that_is_taken(stack):
    stack.web("v1")
    stack.up()
    other = stack.space.socket()
    try:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with stack.load() as load:
            project = stack.project({"web": stack.service("v2", 2)})
            project["x-slipway"]["listeners"]["second"] = {
                "address": f"127.0.0.1:{port}",
                "protocol": "http",
                "default": {"forward": "web"},
            }
            stack.write(project)
            output = stack.fails("up", "-d")
            load.was_not_disturbed()
    finally:
        other.close()
    assert str(port) in output, output
    stack.serves("v1")
    assert len(stack.programs()) == 2


def test_a_full_disk(slipway, tools, space):
    if os.geteuid() != 0:
        pytest.skip("to mount a small disk one has to be root")
    stack = Stack(slipway, tools, space)
    stack.state_folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", str(stack.state_folder)]
    subprocess.run(mount, check=True)
    try:
        stack.serve()
        stack.web("v1", 1)
        stack.up()
        with open(stack.state_folder / "ballast", "wb") as file, pytest.raises(OSError):
            while True:
                os.write(file.fileno(), bytes(4096))
        with stack.load() as load:
            stack.web("v2", 1)
            output = stack.fails("up", "-d")
            load.was_not_disturbed()
        assert "space" in output or "full" in output, output
        stack.serves("v1")
        os.unlink(stack.state_folder / "ballast")
        stack.up()
        stack.serves("v2")
    finally:
        try:
            stack.close()
        finally:
            subprocess.run(["umount", "-l", str(stack.state_folder)], check=False)


def test_an_unknown_service_or_revision(stack):
    stack.web()
    stack.up()
    for words in (["stop", "nobody"], ["rollback", "77"], ["scale", "nobody=2"], ["logs", "nobody"]):
        output = stack.fails(*words)
        assert words[1].partition("=")[0] in output, output
    stack.serves("v1")


def test_without_an_engine(stack):
    stack.environment["DOCKER_HOST"] = f"unix://{stack.folder}/nothing.sock"
    stack.end_daemon()
    stack.serve()
    stack.web("v1")
    stack.up()
    ids = stack.ids()
    services = {"web": stack.service("v2", 2), "cache": {"image": "redis:7"}}
    stack.write(stack.project(services))
    with stack.load() as load:
        output = stack.fails("up", "-d")
        load.was_not_disturbed()
    assert "nothing.sock" in output, output
    assert stack.ids() == ids
    stack.serves("v1")

# SPDX-License-Identifier: Apache-2.0

import os
import stat

FILE = "services: {web: {image: x}}"


def test_link_is_followed(project):
    project.compose(FILE)
    project.write("real.yaml", "old\n")
    os.symlink("real.yaml", project.path("link.yaml"))
    project.passes("config", "-o", "link.yaml")
    assert os.path.islink(project.path("link.yaml"))
    assert project.read("real.yaml").startswith("name: shop\n")


def test_full_device_behind_a_link(project):
    project.compose(FILE)
    os.symlink("/dev/full", project.path("full"))
    errors = project.refuses("-o", "full")
    assert "No space left" in errors
    assert os.path.islink(project.path("full"))


def test_named_pipe_gets_the_output(project):
    project.compose(FILE)
    path = project.path("pipe")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        project.passes("config", "-o", "pipe")
        assert stat.S_ISFIFO(os.stat(path).st_mode)
        assert os.read(reader, 1 << 16).startswith(b"name: shop\n")
    finally:
        os.close(reader)

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nope"],
        ["nope"],
        ["config", "--nope"],
        ["config", "--format"],
        ["config", "--format", "toml"],
        ["config", "--format=toml"],
        ["-f"],
        ["-f", "compose.yaml"],
        ["config", "--report"],
        ["config", "-o"],
        ["config", "--quiet=perhaps"],
        ["version", "extra"],
    ],
)
def test_two(project, arguments):
    project.compose("services: {web: {image: x}}")
    result = project.run(*arguments)
    assert result.status == 2
    assert result.output == ""
    assert "--help" in result.errors


def test_near_option_is_suggested(project):
    assert "--services" in project.run("config", "--servces").errors


def test_near_command_is_suggested(project):
    assert "config" in project.run("confg").errors

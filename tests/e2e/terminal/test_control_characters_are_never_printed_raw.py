# SPDX-License-Identifier: Apache-2.0

import pytest

from support.terminal import run_on_terminal

EVIL = "\\e]0;owned\\a\\e[2J\\u009b31m\\u202e"


@pytest.mark.parametrize(
    "text",
    [
        'services: {web: {image: x, "KEY": 1}}',
        'services: {"KEY": {image: x}}',
        'services: {web: {image: x, networks: ["KEY"]}}',
        'services: {web: {image: x, mem_limit: "KEY"}}',
        'services: {web: {image: x, ports: ["KEY"]}}',
        'services: {web: {image: x, volumes: ["KEY:b:c:d:e"]}}',
        'services: {web: {image: x, pull_policy: "KEY"}}',
        'services: {web: {image: x, read_only: "KEY"}}',
        'services: {web: {image: x, stop_grace_period: "KEY"}}',
        'services: {web: {image: x, hostname: "${KEY"}}',
        'services: {web: {image: x, hostname: "${A:?KEY}"}}',
        'services: {web: {image: x, command: "\'KEY"}}',
        'services: {web: {image: x, env_file: "KEY"}}',
        'services: {web: {image: x, extends: "KEY"}}',
        'services: {web: {image: x, extends: {file: "KEY", service: a}}}',
        'include: ["KEY"]',
        'services: {web: {image: x, extra_hosts: ["KEY"]}}',
        'services: {web: {image: x, devices: ["a:b:c:KEY"]}}',
        'services: {web: {image: x, depends_on: {web2: {condition: "KEY"}}}}',
        '"KEY": 1',
    ],
)
def test_error_messages_escape_them(project, text):
    project.compose(text.replace("KEY", EVIL) + "\n")
    errors = project.refuses()
    for character in "\x1b\x07\x9b":
        assert character not in errors


def test_raw_characters_of_a_line_are_escaped(project):
    project.compose("services: {web: {imagee: '\u0085\u009b31m \u202e'}}\n")
    errors = project.refuses()
    assert "\x9b" not in errors


def test_names_of_files_are_escaped(project):
    errors = project.refuses(before=["-f", "evil\x1b[2J.yaml"])
    assert "\x1b" not in errors


def test_names_of_services_on_the_command_line_are_escaped(project):
    project.compose("services: {web: {image: x}}")
    assert "\x1b" not in project.refuses("evil\x1b[2J")


def test_names_of_services_to_hash_are_escaped(project):
    project.compose("services: {web: {image: x}}")
    assert "\x1b" not in project.refuses("--hash=evil\x1b[2J")


def test_wrong_options_are_escaped(project):
    result = project.run("config", "--evil\x1b[2J")
    assert result.status == 2 and "\x1b" not in result.errors


def test_output_on_a_terminal_escapes_them(project):
    project.compose('services: {web: {image: "a\\e[2J", labels: {"k\\e[2J": "\\a"}}}\n')
    for form in ("yaml", "json"):
        result = run_on_terminal(project, "config", "--format", form)
        assert result.status == 0
        assert "\x1b" not in result.output and "\x07" not in result.output


@pytest.mark.parametrize("option", ["--images", "--environment", "--variables", "--profiles"])
def test_lists_on_a_terminal_escape_them(project, option):
    project.compose('services: {web: {image: "a\\e[2J", profiles: ["p\\e[2J"], hostname: "${A:-\\e[2J}"}}\n')
    result = run_on_terminal(project, "--profile", "*", "config", option, env={"EVIL": "\x1b[2J"})
    assert result.status == 0
    assert "\x1b" not in result.output

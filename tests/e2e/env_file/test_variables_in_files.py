# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "line, value",
    [
        ("V=${OUTER}", "outer"),
        ("V=$OUTER/x", "outer/x"),
        ('V="${OUTER}"', "outer"),
        ("V='${OUTER}'", "$${OUTER}"),
        ("V=${NONE:-d}", "d"),
        ("A=1\nV=${A}2", "12"),
        ("V=${OWN}", "own"),
    ],
)
def test_line_is_filled_in(project, line, value):
    project.write("a.env", line + "\n")
    project.compose("services: {web: {image: x, env_file: a.env, environment: {OWN: own}}}")
    assert project.service(env={"OUTER": "outer"})["environment"]["V"] == value


def test_dotenv_can_be_used(project):
    project.write(".env", "TAG=from-dotenv\n")
    project.write("a.env", "V=${TAG}\n")
    project.compose("services: {web: {image: x, env_file: a.env}}")
    assert project.service()["environment"]["V"] == "from-dotenv"


def test_name_alone_is_passed_through(project):
    project.write("a.env", "OUTER\nMISSING\n")
    project.compose("services: {web: {image: x, env_file: a.env}}")
    assert project.service(env={"OUTER": "o"})["environment"].get("OUTER") == "o"

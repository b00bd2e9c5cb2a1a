# SPDX-License-Identifier: Apache-2.0

import pytest


def test_very_long_name_of_the_project(project):
    project.compose("services: {web: {image: x}}")
    assert project.config(before=["-p", "a" * 100_000])["name"] == "a" * 100_000
    assert project.refuses(before=["-p", "A" * 100_000])


def test_very_long_option(project):
    result = project.run("--" + "x" * 100_000)
    assert result.status == 2 and len(result.errors) < 200_000


def test_very_many_files(project):
    project.compose("services: {web: {image: x}}")
    assert project.service(before=["-f", "compose.yaml"] * 1000)["image"] == "x"


def test_long_paths(project):
    assert project.refuses(before=["-f", "a" * 5000])
    assert project.refuses(before=["-f", "a/" * 50_000 + "b"])
    project.compose("services: {web: {image: x, build: '" + "../" * 20_000 + "x'}}")
    assert project.service()["build"]["context"] == "/x"


def test_large_environment(project):
    project.compose("services: {web: {image: '${V19}'}}")
    env = {f"V{i}": "v" * 60_000 for i in range(20)}
    assert len(project.service(env=env)["image"]) == 60_000


@pytest.mark.parametrize("argument", ["", "-", "--", "---", "=", "-f=", "--=x", "\x01", "config\n"])
def test_odd_arguments(project, argument):
    project.compose("services: {web: {image: x}}")
    project.run(argument)
    project.run(argument, "config")
    project.run("config", argument)

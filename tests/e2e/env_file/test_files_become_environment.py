# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("form", ["a.env", "[a.env]", "[{path: a.env}]", "{path: a.env}"])
def test_short_and_long_forms(project, form):
    project.write("a.env", "A=1\n")
    project.compose(f"services: {{web: {{image: x, env_file: {form}}}}}")
    if form.startswith("{"):
        project.refuses()
        return
    web = project.service()
    assert web["environment"] == {"A": "1"}
    assert "env_file" not in web


def test_later_file_wins(project):
    project.write("a.env", "A=a\nB=a\n")
    project.write("b.env", "B=b\nC=b\n")
    project.compose("services: {web: {image: x, env_file: [a.env, b.env]}}")
    assert project.service()["environment"] == {"A": "a", "B": "b", "C": "b"}


def test_environment_wins_over_files(project):
    project.write("a.env", "A=file\nB=file\n")
    project.compose("services: {web: {image: x, env_file: a.env, environment: {A: own}}}")
    assert project.service()["environment"] == {"A": "own", "B": "file"}


def test_process_does_not_win_over_files(project):
    project.write("a.env", "A=file\n")
    project.compose("services: {web: {image: x, env_file: a.env}}")
    assert project.service(env={"A": "process"})["environment"] == {"A": "file"}


def test_files_do_not_fill_the_compose_file(project):
    project.write("a.env", "TAG=file\n")
    project.compose("services: {web: {image: 'x:${TAG:-none}', env_file: a.env}}")
    assert project.service()["image"] == "x:none"

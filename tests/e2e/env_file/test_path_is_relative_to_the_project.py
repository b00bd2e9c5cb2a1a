# SPDX-License-Identifier: Apache-2.0

def test_relative_path(project):
    project.write("sub/a.env", "A=1\n")
    project.compose("services: {web: {image: x, env_file: ./sub/a.env}}")
    inner = project.folder / "sub"
    assert project.service(cwd=inner)["environment"] == {"A": "1"}


def test_home(project):
    project.home.mkdir()
    (project.home / "a.env").write_text("A=home\n")
    project.compose("services: {web: {image: x, env_file: ~/a.env}}")
    assert project.service()["environment"] == {"A": "home"}


def test_variables_in_the_path(project):
    project.write("prod.env", "A=1\n")
    project.compose("services: {web: {image: x, env_file: '${STAGE}.env'}}")
    assert project.service(env={"STAGE": "prod"})["environment"] == {"A": "1"}

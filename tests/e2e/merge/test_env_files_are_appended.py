# SPDX-License-Identifier: Apache-2.0

def test_files_of_both_are_read_in_order(project):
    project.write("a.env", "A=a\nB=a\n")
    project.write("b.env", "B=b\n")
    project.compose("services: {web: {image: x, env_file: a.env}}")
    project.compose("services: {web: {env_file: [b.env]}}", "compose.override.yaml")
    assert project.service()["environment"] == {"A": "a", "B": "b"}


def test_same_path_stands_once(project):
    project.compose("services: {web: {image: x, env_file: a.env}}")
    project.compose(
        "services: {web: {env_file: [{path: a.env, required: false}]}}", "compose.override.yaml"
    )
    web = project.service("web", "--no-env-resolution")
    assert web["env_file"] == [{"path": project.path("a.env"), "required": False}]

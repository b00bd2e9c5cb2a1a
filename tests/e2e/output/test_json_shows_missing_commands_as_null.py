# SPDX-License-Identifier: Apache-2.0

def test_command_and_entrypoint(project):
    project.compose("services: {web: {image: x}, api: {image: y, command: run}}")
    services = project.config()["services"]
    assert services["web"]["command"] is None and services["web"]["entrypoint"] is None
    assert services["api"]["command"] == ["run"] and services["api"]["entrypoint"] is None


def test_yaml_leaves_them_out(project):
    project.compose("services: {web: {image: x}}")
    web = project.passes("config").yaml["services"]["web"]
    assert "command" not in web and "entrypoint" not in web


def test_null_in_the_file_is_left_out_of_yaml(project):
    project.compose("services: {web: {image: x, command: null, entrypoint: null}}")
    assert project.service()["command"] is None
    again = project.passes("config").output
    project.compose(again)
    assert project.passes("config").output == again

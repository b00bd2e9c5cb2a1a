# SPDX-License-Identifier: Apache-2.0

def test_variables_of_interpolation_are_listed(project):
    project.compose("services: {web: {image: x}}")
    project.write(".env", "FROM_DOTENV=1\nBOTH=dotenv\n")
    result = project.passes("config", "--environment", env={"FROM_PROCESS": "2", "BOTH": "process"})
    variables = dict(line.split("=", 1) for line in result.lines)
    assert variables["FROM_DOTENV"] == "1"
    assert variables["FROM_PROCESS"] == "2"
    assert variables["BOTH"] == "process"
    assert variables["COMPOSE_PROJECT_NAME"] == "shop"
    assert list(variables) == sorted(variables)


def test_json(project):
    project.compose("services: {web: {image: x}}")
    found = project.passes("--json", "config", "--environment", env={"A": "line\nbreak"}).json
    assert found["A"] == "line\nbreak"

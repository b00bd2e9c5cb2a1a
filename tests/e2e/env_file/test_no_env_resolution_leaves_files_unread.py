# SPDX-License-Identifier: Apache-2.0

def test_files_stay_in_the_output(project):
    project.compose("services: {web: {image: x, env_file: gone.env, label_file: gone.labels}}")
    web = project.service("web", "--no-env-resolution")
    assert web["env_file"] == [{"path": project.path("gone.env"), "required": True}]
    assert web["label_file"] == [project.path("gone.labels")]
    assert "environment" not in web


def test_names_without_value_stay_so(project):
    project.compose("services: {web: {image: x, environment: [A]}}")
    web = project.service("web", "--no-env-resolution", env={"A": "1"})
    assert web["environment"] == {"A": None}

# SPDX-License-Identifier: Apache-2.0

def test_folder_named_compose_yaml_is_passed_over(project):
    (project.folder / "compose.yaml").mkdir()
    project.compose("services: {web: {image: next}}", "compose.yml")
    assert project.service()["image"] == "next"

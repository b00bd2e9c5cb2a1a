# SPDX-License-Identifier: Apache-2.0

import pytest

NAMES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]


@pytest.mark.parametrize("name", NAMES)
def test_file_of_that_name_is_found(project, name):
    project.compose("services: {web: {image: found}}", name)
    assert project.service()["image"] == "found"


def test_compose_yaml_wins_over_the_older_names(project):
    for name in NAMES:
        project.compose({"services": {"web": {"image": name}}}, name)
    for name in NAMES:
        assert project.service()["image"] == name
        (project.folder / name).unlink()


def test_other_names_are_not_taken(project):
    project.compose("services: {web: {image: found}}", "Compose.yaml")
    assert "no compose.yaml" in project.refuses()

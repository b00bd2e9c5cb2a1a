# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "base, override",
    [
        ("compose.yaml", "compose.override.yaml"),
        ("compose.yaml", "compose.override.yml"),
        ("docker-compose.yml", "docker-compose.override.yml"),
        ("docker-compose.yml", "docker-compose.override.yaml"),
    ],
)
def test_override_beside_the_file_is_merged_over_it(project, base, override):
    project.compose("services: {web: {image: base, hostname: kept}}", base)
    project.compose("services: {web: {image: over}}", override)
    assert project.service()["image"] == "over"
    assert project.service()["hostname"] == "kept"


def test_override_is_left_out_when_files_are_named(project):
    project.compose("services: {web: {image: base}}")
    project.compose("services: {web: {image: over}}", "compose.override.yaml")
    assert project.service(before=["-f", "compose.yaml"])["image"] == "base"


def test_override_alone_is_no_project(project):
    project.compose("services: {web: {image: over}}", "compose.override.yaml")
    project.refuses()

# SPDX-License-Identifier: Apache-2.0

import pytest

TOP = ""


@pytest.mark.parametrize("override", ["[b]", "{b: {condition: service_started}}"])
def test_services_of_both_files_count(project, override):
    project.compose(
        "services: {web: {image: x, depends_on: [a]}, a: {image: a}, b: {image: b}}"
    )
    project.compose(f"services: {{web: {{depends_on: {override}}}}}", "compose.override.yaml")
    assert sorted(project.service()["depends_on"]) == ["a", "b"]


def test_condition_of_the_later_file_wins(project):
    project.compose("services: {web: {image: x, depends_on: [a]}, a: {image: a}}")
    project.compose(
        "services: {web: {depends_on: {a: {condition: service_healthy, restart: true}}}}",
        "compose.override.yaml",
    )
    assert project.service()["depends_on"]["a"] == {
        "condition": "service_healthy",
        "restart": True,
        "required": True,
    }

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "services",
    [
        "{a: {image: x, extends: a}}",
        "{a: {image: x, extends: b}, b: {image: x, extends: a}}",
        "{a: {image: x, extends: b}, b: {image: x, extends: c}, c: {image: x, extends: a}}",
    ],
)
def test_circle_within_a_file(project, services):
    project.compose(f"services: {services}")
    mistakes = project.mistakes()
    assert any("circle" in mistake["message"] and "a" in mistake["message"] for mistake in mistakes)


def test_circle_over_files(project):
    project.compose("services: {a: {image: x, extends: {file: b.yaml, service: b}}}")
    project.write("b.yaml", "services: {b: {image: x, extends: {file: compose.yaml, service: a}}}")
    assert any("circle" in mistake["message"] for mistake in project.mistakes())


def test_same_name_in_another_file_is_no_circle(project):
    project.compose("services: {a: {extends: {file: b.yaml, service: a}}}")
    project.write("b.yaml", "services: {a: {image: b}}")
    assert project.service("a")["image"] == "b"

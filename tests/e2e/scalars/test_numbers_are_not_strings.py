# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "key, written", [("image", "1"), ("hostname", "5"), ("user", "1000"), ("container_name", "true")]
)
def test_string_wants_quotes(project, key, written):
    image = "" if key == "image" else "image: x, "
    project.compose(f"services: {{web: {{{image}{key}: {written}}}}}")
    mistake = project.mistake()
    assert mistake["path"] == f"services.web.{key}"
    assert "quotes" in mistake["hint"]


def test_restart_no_is_text(project):
    project.compose("services: {web: {image: x, restart: no}}")
    assert project.service()["restart"] == "no"


def test_command_items_are_strings(project):
    project.compose("services: {web: {image: x, command: [sleep, 5]}}")
    assert project.mistake()["path"] == "services.web.command[1]"


def test_version_is_accepted_and_dropped(project):
    project.compose("version: '3.8'\nservices: {web: {image: x}}\n")
    assert "version" not in project.config()
    assert "obsolete" in project.warnings()[0]["message"]

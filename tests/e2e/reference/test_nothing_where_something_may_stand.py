# SPDX-License-Identifier: Apache-2.0
"""Files and entries that turn out empty are as if they were not there."""

import pytest


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "\n\n"])
def test_later_file(project, content):
    project.compose("services: {web: {image: x}}")
    project.compose(content, "compose.override.yaml")
    assert project.service()["image"] == "x"


def test_only_file(project):
    project.compose("# nothing yet\n")
    assert "empty" in project.refuses()


@pytest.mark.parametrize("key", ["environment", "labels"])
def test_entry_of_a_variable_that_is_not_set(project, key):
    project.compose('services: {web: {image: x, %s: ["${EXTRA}", "A=1"]}}' % key)
    assert project.service()[key]["A"] == "1"
    assert project.service(env={"EXTRA": "B=2"})[key] == {"A": "1", "B": "2"}


@pytest.mark.parametrize("dns", ['"${RESOLVER}"', '["${RESOLVER}"]'])
def test_name_server_of_a_variable_that_is_not_set(project, dns):
    project.compose("services: {web: {image: x, dns: %s}}" % dns)
    assert project.service().get("dns", []) == []
    assert project.service(env={"RESOLVER": "9.9.9.9"})["dns"] == ["9.9.9.9"]


def test_document_after_the_last_separator(project):
    project.compose("services: {web: {image: x}}\n---\n")
    assert project.service()["image"] == "x"


def test_include_without_anything(project):
    project.compose("include:\nservices: {web: {image: x}}")
    assert project.service()["image"] == "x"

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("section", ["volumes", "networks", "secrets", "configs"])
def test_external_resource_keeps_its_own_name(project, section):
    project.compose(f"services: {{}}\n{section}: {{shared: {{external: true}}}}\n")
    assert project.config()[section]["shared"] == {"name": "shared", "external": True}


@pytest.mark.parametrize("section", ["volumes", "networks", "secrets", "configs"])
def test_older_form_moves_the_name(project, section):
    project.compose(f"services: {{}}\n{section}: {{shared: {{external: {{name: real}}}}}}\n")
    assert project.config()[section]["shared"] == {"name": "real", "external": True}


@pytest.mark.parametrize("section", ["volumes", "networks"])
def test_own_name_wins_over_the_project(project, section):
    project.compose(f"services: {{}}\n{section}: {{mine: {{name: exact}}, plain: }}\n")
    found = project.config()[section]
    assert found == {"mine": {"name": "exact"}, "plain": {"name": "shop_plain"}}


def test_both_names_are_refused(project):
    project.compose("services: {}\nvolumes: {v: {name: a, external: {name: b}}}\n")
    assert "external.name" in project.mistake()["message"]


def test_external_takes_no_driver(project):
    project.compose("services: {}\nvolumes: {v: {external: true, driver: local}}\n")
    assert project.mistake()["path"].startswith("volumes.v")

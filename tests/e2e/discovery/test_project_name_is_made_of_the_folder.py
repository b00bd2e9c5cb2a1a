# SPDX-License-Identifier: Apache-2.0

import pytest

from support.project import Project


@pytest.mark.parametrize(
    "folder, name",
    [
        ("My App", "myapp"),
        ("Shop.Example.COM", "shopexamplecom"),
        ("_-shop-2_", "shop-2_"),
        ("Straße", "strae"),
    ],
)
def test_name_is_the_folder_with_what_is_allowed(slipway, tmp_path, folder, name):
    project = Project(slipway, tmp_path / folder)
    project.compose("services: {web: {image: x}}")
    assert project.config()["name"] == name


def test_folder_without_a_usable_character_needs_a_name(slipway, tmp_path):
    project = Project(slipway, tmp_path / "___")
    project.compose("services: {web: {image: x}}")
    assert "-p" in project.refuses()
    assert project.config(before=["-p", "given"])["name"] == "given"

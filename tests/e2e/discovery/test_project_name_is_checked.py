# SPDX-License-Identifier: Apache-2.0

import pytest

BAD = ["Shop", "my shop", "-shop", "_shop", "shop.example", "ß"]


@pytest.mark.parametrize("name", BAD)
def test_bad_name_of_the_option_is_refused(project, name):
    project.compose("services: {web: {image: x}}")
    errors = project.refuses(before=["--project-name", name])
    assert f'"{name}"' in errors and "-p" in errors


@pytest.mark.parametrize("name", BAD)
def test_bad_name_of_the_variable_is_refused(project, name):
    project.compose("services: {web: {image: x}}")
    assert f'"{name}"' in project.refuses(env={"COMPOSE_PROJECT_NAME": name})


def test_error_names_the_variable(project):
    project.compose("services: {web: {image: x}}")
    assert "COMPOSE_PROJECT_NAME" in project.refuses(env={"COMPOSE_PROJECT_NAME": "Shop"})


def test_error_names_dotenv_variable(project):
    project.compose("services: {web: {image: x}}")
    project.write(".env", "COMPOSE_PROJECT_NAME=Shop\n")
    assert "COMPOSE_PROJECT_NAME" in project.refuses()


@pytest.mark.parametrize("name", ["shop", "0shop", "my_shop-2"])
def test_good_name_is_taken(project, name):
    project.compose("services: {web: {image: x}}")
    assert project.config(before=["-p", name])["name"] == name

# SPDX-License-Identifier: Apache-2.0

def test_compose_project_name_can_be_put_in(project):
    project.compose("name: mine\nservices: {web: {image: 'x/${COMPOSE_PROJECT_NAME}'}}\n")
    assert project.service()["image"] == "x/mine"
    assert project.service(before=["-p", "other"])["image"] == "x/other"


def test_name_of_the_folder_can_be_put_in(project):
    project.compose("services: {web: {image: 'x/${COMPOSE_PROJECT_NAME}'}}")
    assert project.service()["image"] == "x/shop"

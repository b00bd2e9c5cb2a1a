# SPDX-License-Identifier: Apache-2.0

def test_dotenv_beside_the_file_is_read(project):
    project.compose("services: {web: {image: 'x:${TAG}'}}")
    project.write(".env", "TAG=1.2\n")
    assert project.service()["image"] == "x:1.2"


def test_process_wins_over_dotenv(project):
    project.compose("services: {web: {image: 'x:${TAG}'}}")
    project.write(".env", "TAG=1.2\n")
    assert project.service(env={"TAG": "9"})["image"] == "x:9"


def test_empty_variable_of_the_process_wins_too(project):
    project.compose("services: {web: {image: 'x${TAG}'}}")
    project.write(".env", "TAG=1.2\n")
    assert project.service(env={"TAG": ""})["image"] == "x"


def test_missing_dotenv_is_fine(project):
    project.compose("services: {web: {image: x}}")
    project.config()


def test_dotenv_is_not_handed_to_services(project):
    project.compose("services: {web: {image: x}}")
    project.write(".env", "TAG=1.2\n")
    assert "environment" not in project.service()

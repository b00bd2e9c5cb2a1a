# SPDX-License-Identifier: Apache-2.0

def test_paths_name_and_dotenv_are_of_that_folder(project):
    project.compose("services: {web: {image: 'x:${TAG}', build: ./app}}", "files/base.yaml")
    project.write("root/.env", "TAG=there\n")
    project.write("files/.env", "TAG=beside\n")
    before = ["--project-directory", "root", "-f", "files/base.yaml"]
    config = project.config(before=before)
    web = config["services"]["web"]
    assert config["name"] == "root"
    assert web["image"] == "x:there"
    assert web["build"]["context"] == project.path("root/app")


def test_file_is_searched_there(project):
    project.compose("services: {web: {image: there}}", "root/compose.yaml")
    assert project.service(before=["--project-directory", "root"])["image"] == "there"


def test_variable_stands_for_the_option(project):
    project.compose("services: {web: {image: there}}", "root/compose.yaml")
    config = project.config(env={"SLIPWAY_PROJECT_DIRECTORY": "root"})
    assert config["name"] == "root"


def test_absolute_folder(project):
    project.compose("services: {web: {image: x, build: .}}")
    web = project.service(before=["--project-directory", "/srv/app", "-f", "compose.yaml"])
    assert web["build"]["context"] == "/srv/app"

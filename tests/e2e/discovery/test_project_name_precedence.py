# SPDX-License-Identifier: Apache-2.0

FILE = "name: from-file\nservices: {web: {image: x}}\n"


def test_name_of_the_folder(project):
    project.compose("services: {web: {image: x}}")
    assert project.config()["name"] == "shop"


def test_name_of_the_file_wins_over_the_folder(project):
    project.compose(FILE)
    assert project.config()["name"] == "from-file"


def test_variable_wins_over_the_file(project):
    project.compose(FILE)
    assert project.config(env={"COMPOSE_PROJECT_NAME": "from-env"})["name"] == "from-env"


def test_dotenv_wins_over_the_file(project):
    project.compose(FILE)
    project.write(".env", "COMPOSE_PROJECT_NAME=from-dotenv\n")
    assert project.config()["name"] == "from-dotenv"


def test_variable_wins_over_dotenv(project):
    project.compose(FILE)
    project.write(".env", "COMPOSE_PROJECT_NAME=from-dotenv\n")
    assert project.config(env={"COMPOSE_PROJECT_NAME": "from-env"})["name"] == "from-env"


def test_option_wins_over_all(project):
    project.compose(FILE)
    env = {"COMPOSE_PROJECT_NAME": "from-env"}
    assert project.config(before=["-p", "from-option"], env=env)["name"] == "from-option"
    assert project.config(before=["--project-name=long"], env=env)["name"] == "long"


def test_last_file_that_gives_a_name_wins(project):
    project.compose(FILE, "a.yaml")
    project.compose("name: second", "b.yaml")
    project.compose("services: {}", "c.yaml")
    before = ["-f", "a.yaml", "-f", "b.yaml", "-f", "c.yaml"]
    assert project.config(before=before)["name"] == "second"


def test_name_may_hold_variables(project):
    project.compose("name: shop-${STAGE:-dev}\nservices: {web: {image: x}}\n")
    assert project.config(env={"STAGE": "prod"})["name"] == "shop-prod"
    assert project.config()["name"] == "shop-dev"

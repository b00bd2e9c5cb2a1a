# SPDX-License-Identifier: Apache-2.0

def files(project):
    project.compose("services: {web: {image: one}}", "a.yaml")
    project.compose("services: {web: {hostname: two}}", "b.yaml")
    project.compose("services: {web: {image: default}}")


def test_one_file(project):
    files(project)
    assert project.service(env={"COMPOSE_FILE": "a.yaml"})["image"] == "one"


def test_several_files_are_separated_by_colons(project):
    files(project)
    web = project.service(env={"COMPOSE_FILE": "a.yaml:b.yaml"})
    assert (web["image"], web["hostname"]) == ("one", "two")


def test_separator_can_be_chosen(project):
    files(project)
    env = {"COMPOSE_FILE": "a.yaml,b.yaml", "COMPOSE_PATH_SEPARATOR": ","}
    assert project.service(env=env)["hostname"] == "two"


def test_option_wins(project):
    files(project)
    web = project.service(before=["-f", "compose.yaml"], env={"COMPOSE_FILE": "a.yaml"})
    assert web["image"] == "default"


def test_dotenv_may_set_it(project):
    files(project)
    project.write(".env", "COMPOSE_FILE=a.yaml;b.yaml\nCOMPOSE_PATH_SEPARATOR=;\n")
    assert project.service()["hostname"] == "two"


def test_missing_file_is_an_error(project):
    assert "gone.yaml" in project.refuses(env={"COMPOSE_FILE": "gone.yaml"})


def test_empty_value_counts_as_unset(project):
    files(project)
    assert project.service(env={"COMPOSE_FILE": ""})["image"] == "default"

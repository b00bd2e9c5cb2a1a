# SPDX-License-Identifier: Apache-2.0

FILE = "services: {a: {image: '${A-none}/${B-none}'}}"


def test_dotenv_beside_it_counts(project):
    project.compose("include: [sub/a.yaml]\nservices: {web: {image: '${A-none}'}}\n")
    project.write("sub/a.yaml", FILE)
    project.write("sub/.env", "A=sub\n")
    services = project.config()["services"]
    assert services["a"]["image"] == "sub/none"
    assert services["web"]["image"] == "none"


def test_environment_of_the_project_wins(project):
    project.compose("include: [sub/a.yaml]\nservices: {}\n")
    project.write("sub/a.yaml", FILE)
    project.write("sub/.env", "A=sub\nB=sub\n")
    project.write(".env", "A=project\n")
    assert project.service("a")["image"] == "project/sub"
    assert project.service("a", env={"B": "process"})["image"] == "project/process"


def test_env_file_replaces_dotenv(project):
    project.compose("include: [{path: sub/a.yaml, env_file: vars.env}]\nservices: {}\n")
    project.write("sub/a.yaml", FILE)
    project.write("sub/.env", "A=dotenv\n")
    project.write("vars.env", "B=vars\n")
    assert project.service("a")["image"] == "none/vars"


def test_several_env_files(project):
    project.compose("include: [{path: sub/a.yaml, env_file: [one.env, two.env]}]\nservices: {}\n")
    project.write("sub/a.yaml", FILE)
    project.write("one.env", "A=one\nB=one\n")
    project.write("two.env", "B=two\n")
    assert project.service("a")["image"] == "one/two"


def test_missing_env_file_is_an_error(project):
    project.compose("include: [{path: a.yaml, env_file: gone.env}]\nservices: {}\n")
    project.write("a.yaml", "services: {a: {image: a}}")
    assert "gone.env" in project.mistake()["message"]

# SPDX-License-Identifier: Apache-2.0

FILE = "services: {web: {image: '${A-none}/${B-none}'}}"


def test_named_file_stands_in_for_dotenv(project):
    project.compose(FILE)
    project.write(".env", "A=dotenv\n")
    project.write("prod.env", "B=prod\n")
    assert project.service(before=["--env-file", "prod.env"])["image"] == "none/prod"


def test_later_file_wins(project):
    project.compose(FILE)
    project.write("a.env", "A=a\nB=a\n")
    project.write("b.env", "B=b\n")
    before = ["--env-file", "a.env", "--env-file", "b.env"]
    assert project.service(before=before)["image"] == "a/b"


def test_process_wins_over_all(project):
    project.compose(FILE)
    project.write("a.env", "A=a\nB=a\n")
    web = project.service(before=["--env-file", "a.env"], env={"B": "process"})
    assert web["image"] == "a/process"


def test_later_file_may_use_the_earlier_one(project):
    project.compose(FILE)
    project.write("a.env", "A=a\n")
    project.write("b.env", "B=${A}b\n")
    before = ["--env-file", "a.env", "--env-file", "b.env"]
    assert project.service(before=before)["image"] == "a/ab"


def test_path_is_relative_to_the_current_folder(project):
    project.compose(FILE)
    project.write("inner/here.env", "A=here\n")
    web = project.service(before=["--env-file", "here.env"], cwd=project.folder / "inner")
    assert web["image"] == "here/none"


def test_missing_file_is_an_error(project):
    project.compose(FILE)
    assert "gone.env" in project.refuses(before=["--env-file", "gone.env"])


def test_variable_stands_for_the_option(project):
    project.compose(FILE)
    project.write("a.env", "A=a\n")
    project.write("b.env", "B=b\n")
    web = project.service(env={"COMPOSE_ENV_FILES": "a.env,b.env"})
    assert web["image"] == "a/b"


def test_empty_file_hides_dotenv(project):
    project.compose(FILE)
    project.write(".env", "A=dotenv\n")
    assert project.service(before=["--env-file", "/dev/null"])["image"] == "none/none"

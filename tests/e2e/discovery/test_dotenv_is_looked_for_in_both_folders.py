# SPDX-License-Identifier: Apache-2.0

FILE = "services: {web: {image: '${A-none}/${B-none}'}}"


def test_dotenv_of_the_project_counts_from_a_folder_below(project):
    project.compose(FILE)
    project.write(".env", "A=project\nB=project\n")
    (project.folder / "inner").mkdir()
    assert project.service(cwd=project.folder / "inner")["image"] == "project/project"


def test_dotenv_of_the_current_folder_wins_name_by_name(project):
    project.compose(FILE)
    project.write(".env", "A=project\nB=project\n")
    project.write("inner/.env", "A=current\n")
    assert project.service(cwd=project.folder / "inner")["image"] == "current/project"

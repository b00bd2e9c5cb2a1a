# SPDX-License-Identifier: Apache-2.0

import os
import stat


def test_file_gets_the_output(project):
    project.compose("services: {web: {image: x}}")
    shown = project.passes("config").output
    result = project.passes("config", "-o", "out.yaml")
    assert result.output == ""
    assert project.read("out.yaml") == shown


def test_long_option_and_json(project):
    project.compose("services: {web: {image: x}}")
    project.passes("config", "--format", "json", "--output=out.json")
    assert project.read("out.json") == project.passes("config", "--format", "json").output


def test_existing_file_is_replaced(project):
    project.compose("services: {web: {image: x}}")
    project.write("out.yaml", "old\n" * 1000)
    project.passes("config", "-o", "out.yaml")
    assert project.read("out.yaml").startswith("name: shop\n")
    assert sorted(os.listdir(project.folder)) == ["compose.yaml", "out.yaml"]


def test_existing_file_stays_when_something_is_wrong(project):
    project.compose("services: {web: {imagee: x}}")
    project.write("out.yaml", "old\n")
    project.refuses("-o", "out.yaml")
    assert project.read("out.yaml") == "old\n"


def test_folder_that_is_missing(project):
    project.compose("services: {web: {image: x}}")
    assert "gone/out.yaml" in project.refuses("-o", "gone/out.yaml")


def test_folder_in_its_place(project):
    project.compose("services: {web: {image: x}}")
    (project.folder / "out").mkdir()
    project.refuses("-o", "out")
    assert sorted(os.listdir(project.folder)) == ["compose.yaml", "out"]


def test_mode_of_the_file(project):
    project.compose("services: {web: {image: x}}")
    project.passes("config", "-o", "out.yaml")
    assert stat.S_IMODE(os.stat(project.path("out.yaml")).st_mode) in (0o644, 0o600)


def test_lists_can_be_written_too(project):
    project.compose("services: {web: {image: x}}")
    project.passes("config", "--services", "-o", "out")
    assert project.read("out") == "web\n"

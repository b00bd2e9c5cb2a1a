# SPDX-License-Identifier: Apache-2.0

def test_file_of_a_folder_above_is_found(project):
    project.compose("services: {web: {image: above, build: ./here}}")
    inner = project.folder / "src" / "deep"
    inner.mkdir(parents=True)
    config = project.config(cwd=inner)
    assert config["name"] == "shop"
    assert config["services"]["web"]["build"]["context"] == project.path("here")


def test_nearest_file_wins(project):
    project.compose("services: {web: {image: above}}")
    project.compose("services: {web: {image: nearest}}", "inner/docker-compose.yaml")
    assert project.service(cwd=project.folder / "inner")["image"] == "nearest"


def test_override_of_that_folder_is_found_too(project):
    project.compose("services: {web: {image: above}}")
    project.compose("services: {web: {hostname: over}}", "compose.override.yaml")
    inner = project.folder / "inner"
    inner.mkdir()
    assert project.service(cwd=inner)["hostname"] == "over"

# SPDX-License-Identifier: Apache-2.0

def test_folder_of_the_included_file(project):
    project.compose("include: [sub/a.yaml]\nservices: {web: {image: w, build: ./here}}\n")
    project.write("sub/a.env", "A=sub\n")
    project.write(
        "sub/a.yaml", "services: {a: {image: a, build: ./app, env_file: a.env, volumes: ['./d:/d']}}"
    )
    services = project.config()["services"]
    assert services["a"]["build"]["context"] == project.path("sub/app")
    assert services["a"]["volumes"][0]["source"] == project.path("sub/d")
    assert services["a"]["environment"] == {"A": "sub"}
    assert services["web"]["build"]["context"] == project.path("here")


def test_project_directory_moves_them(project):
    project.compose("include: [{path: sub/a.yaml, project_directory: other}]\nservices: {}\n")
    project.write("sub/a.yaml", "services: {a: {image: a, build: ./app}}")
    assert project.service("a")["build"]["context"] == project.path("other/app")


def test_name_of_the_project_is_that_of_the_including_one(project):
    project.compose("include: [sub/a.yaml]\nservices: {}\n")
    project.write("sub/a.yaml", "name: other\nservices: {a: {image: a}}\nvolumes: {v: {}}\n")
    config = project.config()
    assert config["name"] == "shop"
    assert config["volumes"]["v"]["name"] == "shop_v"

# SPDX-License-Identifier: Apache-2.0

def test_second_path_overrides_the_first(project):
    project.compose("include: [{path: [sub/a.yaml, over.yaml]}]\nservices: {}\n")
    project.write("sub/a.yaml", "services: {a: {image: a, build: ./app, user: u}}")
    project.write("over.yaml", "services: {a: {image: b, volumes: ['./d:/d']}}")
    service = project.service("a")
    assert (service["image"], service["user"]) == ("b", "u")
    assert service["build"]["context"] == project.path("sub/app")
    assert service["volumes"][0]["source"] == project.path("sub/d")


def test_path_is_required(project):
    project.compose("include: [{project_directory: .}]\nservices: {}\n")
    assert "path" in project.mistake()["message"]

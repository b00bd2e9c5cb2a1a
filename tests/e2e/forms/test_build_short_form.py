# SPDX-License-Identifier: Apache-2.0

import pytest


def test_path_becomes_context_and_dockerfile(web, project):
    assert web("build: ./app")["build"] == {
        "context": project.path("app"),
        "dockerfile": "Dockerfile",
    }


@pytest.mark.parametrize(
    "context",
    [
        "https://example.com/repo.git#main",
        "git@example.com:team/repo.git",
        "git://example.com/repo.git",
        "github.com/team/repo",
        "/absolute/folder",
    ],
)
def test_other_places_stay_as_they_are(web, context):
    assert web(f"build: '{context}'")["build"]["context"] == context


def test_context_defaults_to_the_project(web, project):
    assert web("build: {target: dev}")["build"]["context"] == str(project.folder)


def test_inline_dockerfile_needs_no_file(web):
    build = web("build: {dockerfile_inline: FROM scratch}")["build"]
    assert "dockerfile" not in build
    assert build["dockerfile_inline"] == "FROM scratch"

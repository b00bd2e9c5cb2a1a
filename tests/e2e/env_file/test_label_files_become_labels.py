# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("form", ["a.labels", "[a.labels]"])
def test_both_forms(project, form):
    project.write("a.labels", "com.example.a=1\n")
    project.compose(f"services: {{web: {{image: x, label_file: {form}, labels: {{b: 2}}}}}}")
    web = project.service()
    assert web["labels"] == {"b": "2", "com.example.a": "1"}
    assert "label_file" not in web


def test_labels_win_over_files(project):
    project.write("a.labels", "a=file\n")
    project.write("b.labels", "b=file\nc=first\n")
    project.write("c.labels", "c=second\n")
    project.compose(
        "services: {web: {image: x, label_file: [a.labels, b.labels, c.labels], labels: [a=own]}}"
    )
    assert project.service()["labels"] == {"a": "own", "b": "file", "c": "second"}


def test_missing_file_is_an_error(project):
    project.compose("services: {web: {image: x, label_file: gone.labels}}")
    assert "gone.labels" in project.mistake()["message"]

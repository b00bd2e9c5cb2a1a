# SPDX-License-Identifier: Apache-2.0

def test_file_that_includes_itself(project):
    project.compose("include: [compose.yaml]\nservices: {}\n")
    assert "circle" in project.mistake()["message"]


def test_longer_circle_names_the_way(project):
    project.compose("include: [a.yaml]\nservices: {}\n")
    project.write("a.yaml", "include: [b.yaml]\nservices: {}\n")
    project.write("b.yaml", "include: [./sub/../compose.yaml]\nservices: {}\n")
    message = project.mistake()["message"]
    for name in ("compose.yaml", "a.yaml", "b.yaml"):
        assert name in message

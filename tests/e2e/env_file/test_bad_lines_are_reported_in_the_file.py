# SPDX-License-Identifier: Apache-2.0

def test_place_is_in_the_env_file(project):
    project.write("a.env", "A=1\nbad line\n")
    project.compose("services: {web: {image: x, env_file: a.env}}")
    mistake = project.mistake()
    assert (mistake["file"], mistake["line"]) == (project.path("a.env"), 2)


def test_text_shows_the_line_with_a_caret(project):
    project.write("a.env", "A=1\nbad line\n")
    project.compose("services: {web: {image: x, env_file: a.env}}")
    errors = project.refuses()
    assert "a.env:2:" in errors and "bad line" in errors and "^" in errors

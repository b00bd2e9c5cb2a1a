# SPDX-License-Identifier: Apache-2.0

def test_second_key_is_reported_with_the_line_of_the_first(project):
    project.compose("services:\n  web:\n    image: a\n    user: u\n    image: b\n")
    mistake = project.mistake()
    assert (mistake["line"], mistake["column"]) == (5, 5)
    assert "image" in mistake["message"] and "3" in mistake["hint"]


def test_all_of_them_are_reported(project):
    project.compose("services:\n  a: {image: x, image: y}\n  b: {image: x}\n  b: {image: y}\n")
    assert len(project.mistakes()) == 2

# SPDX-License-Identifier: Apache-2.0

def test_each_bad_line_has_its_place(project):
    project.compose("services: {web: {image: x}}")
    project.write(".env", "GOOD=1\nBAD LINE=2\nA;B=3\nFINE=4\nX=${\nY='open\n")
    mistakes = project.mistakes()
    assert [mistake["line"] for mistake in mistakes] == [2, 3, 5, 6]
    assert all(mistake["file"] == project.path(".env") for mistake in mistakes)


def test_values_are_not_shown_in_messages(project):
    project.compose("services: {web: {image: x}}")
    project.write(".env", "PASSWORD=${hunter2!}\n")
    for mistake in project.mistakes():
        assert "hunter2" not in mistake["message"]


def test_bad_lines_of_env_file_option_too(project):
    project.compose("services: {web: {image: x}}")
    project.write("bad.env", "no good line\n")
    assert "bad.env:1:" in project.refuses(before=["--env-file", "bad.env"])

# SPDX-License-Identifier: Apache-2.0


def test_values_stand_as_they_are(project):
    project.write("raw.env", "A='q'\nB=${X} # c\nC= spaced \n# comment\nD=a=b\nE\n")
    project.compose("services: {web: {image: x, env_file: [{path: raw.env, format: raw}]}}")
    assert project.service(env={"E": "outer", "X": "no"})["environment"] == {
        "A": "'q'",
        "B": "$${X} # c",
        "C": " spaced ",
        "D": "a=b",
        "E": "outer",
    }


def test_unknown_format_is_refused(project):
    project.write("a.env", "A=1\n")
    project.compose("services: {web: {image: x, env_file: [{path: a.env, format: toml}]}}")
    assert "toml" in project.mistake()["message"]

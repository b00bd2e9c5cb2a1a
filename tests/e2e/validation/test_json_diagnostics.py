# SPDX-License-Identifier: Apache-2.0

def test_fields_of_an_error(project):
    project.compose("services:\n  web:\n    imagee: nginx\n")
    result = project.run("--json", "config")
    assert result.status == 1 and result.output == ""
    assert result.diagnostics == {
        "errors": [
            {
                "file": project.path("compose.yaml"),
                "line": 3,
                "column": 5,
                "path": "services.web",
                "message": 'unknown key "imagee"',
                "hint": 'did you mean "image"?',
                "source": "    imagee: nginx",
            }
        ],
        "warnings": [],
        "error_count": 1,
        "warning_count": 0,
    }


def test_warnings_stand_beside_errors(project):
    project.compose("version: '3'\nservices: {web: {imagee: x}}\n")
    diagnostics = project.run("--json", "config").diagnostics
    assert len(diagnostics["errors"]) == 1 and len(diagnostics["warnings"]) == 1


def test_option_may_stand_behind_the_command(project):
    project.compose("services: {web: {imagee: x}}\n")
    assert project.run("config", "--json").diagnostics["errors"]
    assert project.run("config", env={"SLIPWAY_JSON": "1"}).diagnostics["errors"]


def test_nothing_is_printed_where_nothing_is_wrong(project):
    project.compose("services: {web: {image: x}}\n")
    assert project.passes("--json", "config", "-q").errors == ""


def test_errors_without_a_file(project):
    mistake = project.mistake()
    assert "file" not in mistake and "message" in mistake


def test_control_characters_are_escaped(project):
    project.compose('services: {web: {image: x, "bad\\e[31m\\u0007\\n": 1}}\n')
    assert "\x1b" not in project.run("--json", "config").errors

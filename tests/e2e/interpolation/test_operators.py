# SPDX-License-Identifier: Apache-2.0

import pytest

SET, EMPTY, UNSET = {"X": "v"}, {"X": ""}, {}


@pytest.mark.parametrize(
    "template, when_set, when_empty, when_unset",
    [
        ("$X", "v", "", ""),
        ("${X}", "v", "", ""),
        ("${X:-d}", "v", "d", "d"),
        ("${X-d}", "v", "", "d"),
        ("${X:-}", "v", "", ""),
        ("${X-}", "v", "", ""),
        ("${X:+a}", "a", "", ""),
        ("${X+a}", "a", "a", ""),
        ("${X:?e}", "v", None, None),
        ("${X?e}", "v", "", None),
    ],
)
def test_operator(project, template, when_set, when_empty, when_unset):
    project.compose({"services": {"web": {"image": "x", "hostname": f"<{template}>"}}})
    for environment, expected in ((SET, when_set), (EMPTY, when_empty), (UNSET, when_unset)):
        if expected is None:
            assert "X" in project.mistake(env=environment)["message"]
        else:
            assert project.service(env=environment)["hostname"] == f"<{expected}>"


@pytest.mark.parametrize("template", ["${X?say why}", "${X:?say why}"])
def test_required_variable_says_why(project, template):
    project.compose({"services": {"web": {"image": "x", "hostname": template}}})
    mistake = project.mistake()
    assert "say why" in mistake["message"]
    assert (mistake["path"], mistake["line"]) == ("services.web.hostname", 4)

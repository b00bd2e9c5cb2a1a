# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "template, environment, expected",
    [
        ("${A:-${B:-c}}", {}, "c"),
        ("${A:-${B:-c}}", {"B": "b"}, "b"),
        ("${A:-${B:-c}}", {"A": "a"}, "a"),
        ("${A:-$B}", {"B": "b"}, "b"),
        ("${A:+${B}-x}", {"A": "1", "B": "b"}, "b-x"),
        ("${A:-pre-${B}-post}", {"B": "b"}, "pre-b-post"),
        ("${A:-${B:-${C:-${D:-deep}}}}", {}, "deep"),
        ("${A:-a}${B:-b}$C", {"C": "c"}, "abc"),
        ("${A:-http://h:80/?q=1}", {}, "http://h:80/?q=1"),
        ("${A:-with spaces}", {}, "with spaces"),
    ],
)
def test_variables_in_defaults(project, template, environment, expected):
    project.compose({"services": {"web": {"image": "x", "hostname": template}}})
    assert project.service(env=environment)["hostname"] == expected


def test_message_of_a_required_variable_is_filled_in(project):
    project.compose({"services": {"web": {"image": "x", "hostname": "${A:?set A for ${B}}"}}})
    assert "set A for prod" in project.mistake(env={"B": "prod"})["message"]

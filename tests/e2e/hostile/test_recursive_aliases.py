# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "text",
    [
        "x-a: &a [*a]",
        "x-a: &a {b: *a}",
        "x-a: &a {<<: *a}",
        "x-a: &a {<<: [*a]}",
        "x-a: &a [[[{b: [*a]}]]]",
        "&a {services: *a}",
        "x-a: &a {b: &b {c: *a}}",
    ],
)
def test_value_cannot_hold_itself(project, text):
    project.compose(text + "\n")
    assert "*a" in project.mistake()["message"]

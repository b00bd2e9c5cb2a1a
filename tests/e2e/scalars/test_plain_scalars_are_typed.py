# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "written, text",
    [
        ("22:22", "22:22"),
        ("1:30:00", "1:30:00"),
        ("0x1F", "31"),
        ("0X1f", "31"),
        ("0o17", "15"),
        ("0b101", "5"),
        ("1_000", "1000"),
        ("-5", "-5"),
        ("1.10", "1.1"),
        ("1.0", "1"),
        ("1e3", "1000"),
        (".5", "0.5"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("n", "n"),
        ("true", "true"),
        ("True", "true"),
        ("FALSE", "false"),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"),
        ("'0x1F'", "0x1F"),
        ('"1.10"', "1.10"),
        ("'007'", "007"),
        ("'null'", "null"),
        ("!!str 1.10", "1.10"),
        ("9223372036854775807", "9223372036854775807"),
        ("1.2.3", "1.2.3"),
        ("1a", "1a"),
        ("0x", "0x"),
        ("10%", "10%"),
        ("'= x'", "= x"),
        ("a b", "a b"),
        ("'ünï ☃ 😀'", "ünï ☃ 😀"),
    ],
)
def test_value_of_a_variable(project, written, text):
    project.compose(f"services: {{web: {{image: x, environment: {{V: {written}}}}}}}")
    assert project.service()["environment"]["V"] == text


@pytest.mark.parametrize("written", ["", "null", "~", "Null", "NULL"])
def test_null(project, written):
    project.compose(f"services: {{web: {{image: x, environment: {{V: {written}}}}}}}")
    assert project.service()["environment"]["V"] is None


def test_kinds_below_an_extension(project):
    project.compose(
        "services: {}\nx-t: [1, 0x1F, 1.5, true, yes, null, '1', 22:22, -0, 1e3, 2024-01-01]\n"
    )
    assert project.config()["x-t"] == [1, 31, 1.5, True, "yes", None, "1", "22:22", 0, 1000, "2024-01-01"]

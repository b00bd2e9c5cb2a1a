# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "text, line",
    [
        ("services:\n  web:\n\timage: x\n", 3),
        ("services:\n  web: {image: x\n", 3),
        ("services:\n  web:\n    image: a: b\n", 3),
        ("services:\n  web:\n   image: x\n    user: y\n", 4),
        ("services:\n  web:\n    image: 'x\n", 4),
        ("services:\n  web:\n    image: @x\n", 3),
        ("services: [a, b\n  c: d\n", 2),
    ],
)
def test_error_points_at_the_line(project, text, line):
    project.compose(text)
    mistake = project.mistake()
    assert mistake["line"] == line
    assert mistake["file"] == project.path("compose.yaml")

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "arguments",
    [["config"], ["config", "-q"], ["version"], ["help"], ["--help"], ["config", "-h"], ["-v"], []],
)
def test_zero(project, arguments):
    project.compose("services: {web: {image: x}}")
    project.passes(*arguments)

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("arguments", [[], ["--format", "json"], ["--services"], ["--hash"]])
def test_output_ends_in_one_newline(project, arguments):
    project.compose("services: {web: {image: x}}")
    output = project.passes("config", *arguments).output
    assert output.endswith("\n") and not output.endswith("\n\n")

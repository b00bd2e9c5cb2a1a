# SPDX-License-Identifier: Apache-2.0
"""The example in README.md is what the program prints, byte for byte."""

import pathlib
import re

README = pathlib.Path(__file__).parents[3] / "README.md"


def test_example(project):
    example = re.search(
        r"\$ cat compose\.yaml\n(.*?)\n\n\$ slipway config\n(.*?)```", README.read_text(), re.DOTALL
    )
    project.compose(example[1] + "\n")
    assert project.run("config").errors == example[2]

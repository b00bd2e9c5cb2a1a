# SPDX-License-Identifier: Apache-2.0
"""Every file that the README and the guides show is one that Slipway takes."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[3]
EXAMPLES = [
    example
    for page in ("README.md", "docs/load-balancer.md", "docs/deploys.md")
    for example in re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
]


def test_there_are_examples():
    assert len(EXAMPLES) > 5


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_loads(project, example):
    project.compose(example)
    config = project.config()
    assert config["x-slipway"]["listeners"] if "listeners:" in example else config["services"]

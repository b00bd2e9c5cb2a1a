# SPDX-License-Identifier: Apache-2.0
"""Every file that the README and docs/load-balancer.md show is one that Slipway takes."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[3]
EXAMPLES = [
    example
    for page in ("README.md", "docs/load-balancer.md")
    for example in re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
]


def test_there_are_examples():
    assert len(EXAMPLES) > 5


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_loads(project, example):
    project.compose(example)
    assert project.config()["x-slipway"]["listeners"]

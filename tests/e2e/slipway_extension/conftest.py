# SPDX-License-Identifier: Apache-2.0

import textwrap

import pytest

# What the error tests below begin from; each breaks one thing in it.
SOUND = """
services:
  api: {image: a, ports: [{target: 8000, published: "80"}]}
  many: {image: m, expose: [80, 81]}
x-slipway:
"""


@pytest.fixture
def extended(project):
    """The project with this below x-slipway."""

    def write(text):
        project.compose(SOUND + textwrap.indent(textwrap.dedent(text).strip("\n"), "  ") + "\n")
        return project

    return write

# SPDX-License-Identifier: Apache-2.0

import textwrap

import pytest


@pytest.fixture
def web(project):
    """The canonical form of a service that has these keys; other sections may follow it."""

    def form(keys, sections="", **options):
        keys = textwrap.indent(textwrap.dedent(keys).strip(), "    ")
        text = f"services:\n  web:\n    image: x\n{keys}\n{sections}"
        project.compose(text)
        return project.service(**options)

    return form

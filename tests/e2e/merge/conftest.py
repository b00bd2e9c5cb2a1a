# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.fixture
def merged(project):
    """The service that comes of keys in one file and keys in the next, with sections of both."""

    def merge(base, override, sections=""):
        project.compose(f"services: {{web: {{image: x, {base}}}}}\n{sections}")
        project.compose(f"services: {{web: {{{override}}}}}", "compose.override.yaml")
        return project.service()

    return merge

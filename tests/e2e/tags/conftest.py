# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.fixture
def merged(project):
    """The service that comes of two files."""

    def merge(base, override):
        project.compose(base)
        project.compose(override, "compose.override.yaml")
        return project.service()

    return merge

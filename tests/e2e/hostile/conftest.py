# SPDX-License-Identifier: Apache-2.0

import pytest

from support.project import MEMORY_BYTES

BIG_BYTES = 1 << 20


@pytest.fixture
def project(project):
    """Runs with a limit of memory, beside the limit of time that all runs have."""
    project.memory = MEMORY_BYTES
    yield project
    for path in project.folder.iterdir():
        if path.is_file() and path.stat().st_size > BIG_BYTES:
            path.unlink()

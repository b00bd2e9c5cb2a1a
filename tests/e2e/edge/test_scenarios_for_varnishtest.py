# SPDX-License-Identifier: Apache-2.0
"""Runs every .vtc file below this folder."""

import shutil
from pathlib import Path

import pytest

from support.vtc import run_scenario

FOLDER = Path(__file__).parent
SCENARIOS = sorted(FOLDER.glob("*/*.vtc"))


@pytest.mark.skipif(not shutil.which("varnishtest"), reason="varnishtest is not installed")
@pytest.mark.parametrize("path", SCENARIOS, ids=[str(path.relative_to(FOLDER)) for path in SCENARIOS])
def test_scenario(path, edge):
    failure = run_scenario(path, edge)
    if failure:
        pytest.fail(failure, pytrace=False)

# SPDX-License-Identifier: Apache-2.0
"""Text has at most 100 columns; tables and what is indented or fenced is as it has to be."""

import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[3]
GENERATED = "x-slipway.md"
PAGES = [ROOT / "README.md", ROOT / "apps" / "README.md",
         *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != GENERATED)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_are_short(page):
    is_fenced = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        is_fenced ^= line.startswith("```")
        if not is_fenced and not line.startswith(("|", "    ", "![")):
            assert len(line) <= 100, f"{page}:{number}"

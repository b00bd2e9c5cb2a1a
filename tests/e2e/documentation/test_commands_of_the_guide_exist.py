# SPDX-License-Identifier: Apache-2.0
"""Commands and options that the README and the guides name are those of the program."""

import itertools
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[3]
LINES = sorted(
    {
        line
        for page in ("README.md", "docs/load-balancer.md", "docs/deploys.md", "docs/operations.md",
                     "docs/dashboard.md")
        for line in re.findall(r"(?:^    |^|`)slipway ([a-z-][^`\n#]*)", (ROOT / page).read_text(), re.M)
    }
)


def test_there_are_commands():
    assert len(LINES) > 30


@pytest.mark.parametrize("line", LINES)
def test_it_is_understood(slipway, line):
    words = line.split("|")[0].split()
    # Help is asked for last, so that all that stands before is read; but what follows a service
    # belongs to its program.
    if words[0] in ("exec", "run"):
        words = [words[0], *itertools.takewhile(lambda word: word.startswith("-"), words[1:])]
    asked = words if words[0] == "help" else [*words, "--help"]
    done = subprocess.run([slipway, *asked], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr

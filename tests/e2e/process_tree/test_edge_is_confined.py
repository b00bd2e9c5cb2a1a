# SPDX-License-Identifier: Apache-2.0

import os
import re
from pathlib import Path

import pytest


def status_of(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return dict(re.findall(r"^(\w+):[ \t]*(.*)$", text, re.MULTILINE))


def test_as_root(tree):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    tree.serve()
    status = status_of(tree.edge)
    assert "0" not in status["Uid"].split()
    assert "0" not in status["Gid"].split()
    assert status["Groups"].strip() == ""


def test_in_any_case(tree):
    tree.serve()
    status = status_of(tree.edge)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[name], 16) == 0
    for thread in Path(f"/proc/{tree.edge}/task").iterdir():
        assert status_of(f"{tree.edge}/task/{thread.name}")["Seccomp"] == "2"

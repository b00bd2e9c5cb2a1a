# SPDX-License-Identifier: Apache-2.0
"""The unit for systemd: it is well-formed, and what the guide shows is what is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
UNIT = ROOT / "packaging" / "systemd" / "slipway.service.in"


def settings(text):
    return {
        line.replace("@bindir@", "/usr/bin")
        for line in text.splitlines()
        if re.fullmatch(r"[A-Z][A-Za-z]+=.*", line)
    }


def test_it_is_well_formed(slipway, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze")
    program = tmp_path / "slipway"
    program.symlink_to(slipway)
    unit = tmp_path / "slipway.service"
    unit.write_text(UNIT.read_text().replace("@bindir@", str(tmp_path)))
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if "Failed to initialize manager" in result.stderr:
        pytest.skip(result.stderr.strip())
    assert (result.returncode, result.stderr) == (0, "")


def test_the_guide_shows_what_is_installed():
    guide = (ROOT / "docs" / "operations.md").read_text()
    block = next(text for text in re.findall(r"```ini\n(.*?)```", guide, re.S) if "[Unit]" in text)
    assert settings(block) <= settings(UNIT.read_text())


def test_nothing_but_the_daemon_is_ended():
    assert {"KillMode=process", "Type=notify"} <= settings(UNIT.read_text())

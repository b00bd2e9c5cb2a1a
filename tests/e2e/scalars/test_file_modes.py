# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("written", ["0440", "0o440", "'0440'", "288"])
def test_mode_is_octal_text(project, written):
    project.compose(
        "services: {web: {image: x, secrets: [{source: s, mode: %s}]}}\nsecrets: {s: {file: a}}\n"
        % written
    )
    assert project.service()["secrets"][0]["mode"] == "0440"


def test_nonsense_is_refused(project):
    project.compose(
        "services: {web: {image: x, secrets: [{source: s, mode: rw}]}}\nsecrets: {s: {file: a}}\n"
    )
    assert "octal" in project.mistake()["message"]

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "key, written, value",
    [
        ("scale", "'3'", 3),
        ("scale", "3.0", 3),
        ("cpus", "'0.5'", 0.5),
        ("cpus", "2", 2),
        ("pids_limit", "'-1'", -1),
        ("cpu_shares", "'512'", 512),
        ("oom_score_adj", "'-1000'", -1000),
    ],
)
def test_text_becomes_a_number(project, key, written, value):
    project.compose(f"services: {{web: {{image: x, {key}: {written}}}}}")
    assert project.service()[key] == value


@pytest.mark.parametrize(
    "key, written",
    [("scale", "x"), ("scale", "1.5"), ("cpus", "a"), ("oom_score_adj", "1001"), ("cpu_percent", "101")],
)
def test_nonsense_is_refused(project, key, written):
    project.compose(f"services: {{web: {{image: x, {key}: {written}}}}}")
    assert project.mistake()["path"] == f"services.web.{key}"

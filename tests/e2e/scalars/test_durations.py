# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "written, canonical",
    [
        ("10s", "10s"),
        ("90s", "1m30s"),
        ("1.5h", "1h30m0s"),
        ("1h", "1h0m0s"),
        ("250ms", "250ms"),
        ("1500us", "1.5ms"),
        ("1ns", "1ns"),
        ("0s", "0s"),
        ("1d", "24h0m0s"),
        ("1w2d", "216h0m0s"),
        ("1h5m30s20ms", "1h5m30.02s"),
    ],
)
def test_duration_is_canonical(project, written, canonical):
    project.compose({"services": {"web": {"image": "x", "stop_grace_period": written}}})
    assert project.service()["stop_grace_period"] == canonical


@pytest.mark.parametrize("written", ["10", "x", "1x", "s", "-", "1 s", "", "300000000h"])
def test_nonsense_is_refused(project, written):
    project.compose({"services": {"web": {"image": "x", "stop_grace_period": written}}})
    assert project.mistake()["path"] == "services.web.stop_grace_period"


def test_number_without_unit_gets_a_hint(project):
    project.compose("services: {web: {image: x, stop_grace_period: 10}}")
    assert "unit" in project.mistake()["hint"]

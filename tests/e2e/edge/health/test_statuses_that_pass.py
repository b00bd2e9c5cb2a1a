# SPDX-License-Identifier: Apache-2.0

import pytest

from support.checks import FAST, Patient
from support.edge import wait_until


@pytest.mark.parametrize("status, passes", [(200, True), (299, True), (301, False), (404, False)])
def test_by_itself(edge, status, passes):
    assert is_healthy(edge, status, {}) == passes


@pytest.mark.parametrize("status, passes", [(200, False), (204, True), (404, True), (405, False)])
def test_as_configured(edge, status, passes):
    assert is_healthy(edge, status, {"status": "204,400-404"}) == passes


def is_healthy(edge, status, settings):
    patient = Patient(edge, "a", status)
    edge.forward(patient.origin, group={"health": {**FAST, **settings}})
    target = wait_until(
        lambda: (target := edge.targets()[patient.origin.address]).get("last_status") == status and target
    )
    return target["state"] == "healthy"

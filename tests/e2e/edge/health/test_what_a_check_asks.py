# SPDX-License-Identifier: Apache-2.0

from support.checks import FAST, Patient


def test_its_request(edge):
    patient = Patient(edge, "a")
    edge.forward(patient.origin, group={"health": FAST})
    edge.wait_for_state("healthy", patient.origin)
    (request,) = patient.checks
    assert (request.method, request.target) == ("GET", "/up")
    assert request.header("host") == patient.origin.address
    assert request.header("user-agent").startswith("slipway-health-check/")
    assert request.has("connection", "close")


def test_over_a_unix_socket(edge):
    patient = Patient(edge, "a", family="unix")
    edge.forward(patient.origin, group={"health": FAST})
    edge.wait_for_state("healthy", patient.origin)
    assert edge.get().body == b"a"


def test_over_ipv6(edge):
    patient = Patient(edge, "a", family="ipv6")
    edge.forward(patient.origin, group={"health": FAST})
    edge.wait_for_state("healthy", patient.origin)
    assert patient.checks[0].header("host") == patient.origin.address

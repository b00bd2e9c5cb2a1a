# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "one, two, conflict",
    [
        ("80:80", "80:81", True),
        ("127.0.0.1:80:80", "127.0.0.1:80:80", True),
        ("80:80", "80:80/udp", False),
        ("127.0.0.1:80:80", "127.0.0.2:80:80", False),
        ("80:80", "81:80", False),
        ("80", "80", False),
    ],
)
def test_same_published_port_of_two_services(project, one, two, conflict):
    project.compose(f"services: {{a: {{image: x, ports: ['{one}']}}, b: {{image: x, ports: ['{two}']}}}}")
    warnings = project.warnings()
    assert len(warnings) == (1 if conflict else 0)
    if conflict:
        assert warnings[0]["path"] == "services.b.ports[0]" and '"a"' in warnings[0]["message"]


def test_disabled_service_does_not_count(project):
    project.compose(
        "services: {a: {image: x, ports: ['80:80']}, b: {image: x, ports: ['80:80'], profiles: [p]}}"
    )
    assert project.warnings() == []
    assert len(project.warnings(env={"COMPOSE_PROFILES": "p"})) == 1

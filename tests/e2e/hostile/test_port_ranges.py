# SPDX-License-Identifier: Apache-2.0

def test_all_ports(project):
    project.compose("services: {web: {image: x, ports: ['1-30000:1-30000']}}")
    assert len(project.service()["ports"]) == 30000


def test_all_ports_again_and_again(project):
    items = ", ".join(f"'127.0.0.{i}:1-65535:1-65535'" for i in range(1, 4))
    project.compose(f"services: {{web: {{image: x, ports: [{items}]}}}}")
    project.memory = 128 << 20
    result = project.run("config", "-q", timeout=60)
    assert result.status in (0, 1)
    assert (result.errors != "") == (result.status == 1)

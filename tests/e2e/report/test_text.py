# SPDX-License-Identifier: Apache-2.0

def test_last_line_adds_up(project):
    project.compose("services: {web: {image: x, ports: ['80:80'], privileged: true}}")
    lines = project.passes("config", "--report", "swarm").lines
    assert lines[-1].startswith("swarm: ")
    counts = [int(part.split()[0]) for part in lines[-1].split(": ")[1].split(", ")]
    assert sum(counts) == len(lines) - 1
    assert any(line.startswith("services.web.privileged") and "refused" in line for line in lines)


def test_unknown_runtime_is_wrong_usage(project):
    project.compose("services: {web: {image: x}}")
    result = project.run("config", "--report", "podman")
    assert result.status == 2 and "podman" in result.errors


def test_wrong_project_has_no_report(project):
    project.compose("services: {web: {imagee: x}}")
    project.refuses("--report", "docker")

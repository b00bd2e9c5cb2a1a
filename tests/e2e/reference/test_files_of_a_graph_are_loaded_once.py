# SPDX-License-Identifier: Apache-2.0
"""Files that reach the same file by many ways cost no more than the files themselves."""

DEPTH = 24  # two ways from each level to the next: sixteen million ways to the last


def test_includes(project):
    project.compose("include: [level-1.yaml, {path: level-1.yaml}]\n")
    for level in range(1, DEPTH):
        following = f"level-{level + 1}.yaml"
        project.write(f"level-{level}.yaml", f"include: [{following}, {{path: {following}}}]\n")
    project.write(f"level-{DEPTH}.yaml", "services: {web: {image: x, ports: ['80:80']}}\n")
    assert len(project.service()["ports"]) == 1


def test_extended_files(project):
    project.compose("services: {web: {extends: {file: level-1.yaml, service: a}}}\n")
    for level in range(1, DEPTH):
        following = f"{{file: level-{level + 1}.yaml, service: a}}"
        project.write(
            f"level-{level}.yaml",
            f"services: {{a: {{extends: {following}}}, b: {{extends: {following}}}}}\n",
        )
    project.write(f"level-{DEPTH}.yaml", "services: {a: {image: x}}\n")
    assert project.service()["image"] == "x"

# SPDX-License-Identifier: Apache-2.0

def bomb(project, depth):
    for i in range(depth):
        project.write(f"f{i}.yaml", f"include: [f{i + 1}.yaml, f{i + 1}.yaml]\nservices: {{}}\n")
    project.write(f"f{depth}.yaml", "services: {last: {image: x}}\n")


def test_small_one_is_fine(project):
    bomb(project, 4)
    assert list(project.config(before=["-f", "f0.yaml"])["services"]) == ["last"]


def test_files_that_include_the_next_one_twice(project):
    bomb(project, 40)
    project.memory = 96 << 20
    result = project.run("--json", "-f", "f0.yaml", "config", "--format", "json")
    if result.status == 0:
        assert list(result.json["services"]) == ["last"]
    else:
        assert any("include" in mistake["message"] for mistake in result.diagnostics["errors"])

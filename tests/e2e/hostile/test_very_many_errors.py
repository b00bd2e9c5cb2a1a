# SPDX-License-Identifier: Apache-2.0

def test_unknown_keys(project):
    project.compose("services:\n  web:\n    image: x\n" + "".join(f"    k{i}: 1\n" for i in range(10_000)))
    errors = project.refuses()
    assert errors.count("error:") == 200
    assert errors.splitlines()[-1] == "and 9800 more, not shown"


def test_bad_items(project):
    project.compose("services: {web: {image: x, ports: [" + "x, " * 20_000 + "]}}\n")
    assert len(project.refuses()) < 500_000


def test_unset_variables(project):
    project.compose("services: {}\nx-a: '" + "".join(f"$V{i} " for i in range(5000)) + "'\n")
    result = project.passes("config", "-q")
    assert len(result.errors) < 500_000

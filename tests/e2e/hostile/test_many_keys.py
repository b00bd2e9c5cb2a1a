# SPDX-License-Identifier: Apache-2.0

def test_same_key_100000_times(project):
    project.compose("services: {}\nx-a:\n" + "  k: 1\n" * 100_000)
    errors = project.refuses()
    assert '"k"' in errors and "line 3" in errors
    assert errors.splitlines()[-1] == "and 99799 more, not shown"


def test_100000_different_keys(project):
    project.compose("services: {}\nx-a:\n" + "".join(f"  k{i}: 1\n" for i in range(100_000)))
    assert project.passes("config").output.count("\n") == 100_003


def test_same_service_twice_among_many(project):
    services = "".join(f"  s{i}: {{image: x}}\n" for i in range(5000))
    project.compose("services:\n" + services + "  s77: {image: y}\n")
    mistake = project.mistake()
    assert mistake["line"] == 5002 and "79" in mistake["hint"]

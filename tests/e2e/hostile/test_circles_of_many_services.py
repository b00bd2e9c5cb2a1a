# SPDX-License-Identifier: Apache-2.0

def test_one_circle_of_10000(project):
    services = "".join(f"  s{i}: {{image: x, depends_on: [s{(i + 1) % 10_000}]}}\n" for i in range(10_000))
    project.compose("services:\n" + services)
    mistake = project.mistake()
    assert "circle" in mistake["message"] and len(mistake["message"]) < 2000


def test_10000_circles(project):
    services = "".join(f"  s{i}: {{image: x, depends_on: [s{i}]}}\n" for i in range(10_000))
    project.compose("services:\n" + services)
    errors = project.refuses()
    assert "circle" in errors and errors.splitlines()[-1].startswith("and 9800 more")


def test_each_waits_for_all_others(project):
    names = [f"s{i}" for i in range(150)]
    services = "".join(
        f"  {name}: {{image: x, depends_on: [{', '.join(n for n in names if n != name)}]}}\n" for name in names
    )
    project.compose("services:\n" + services)
    assert "circle" in project.refuses()


def test_each_waits_for_all_before_it(project):
    services = "".join(
        f"  s{i}: {{image: x, depends_on: [{', '.join(f's{j}' for j in range(i))}]}}\n" for i in range(200)
    )
    project.compose("services:\n" + services)
    project.passes("config", "-q")


def test_extends_in_a_circle_of_many(project):
    services = "".join(f"  s{i}: {{image: x, extends: s{(i + 1) % 50}}}\n" for i in range(50))
    project.compose("services:\n" + services)
    assert any("circle" in mistake["message"] for mistake in project.mistakes())

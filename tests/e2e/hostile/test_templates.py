# SPDX-License-Identifier: Apache-2.0

import pytest

MANY = 100_000


@pytest.mark.parametrize(
    "template",
    [
        "${A:-" * MANY + "x" + "}" * MANY,
        "${A:-" * MANY,
        "${A:-{{{{" * MANY,
        "${" * MANY,
        "${A" * MANY,
        "${A:-${B" * MANY,
        "${A:-x" * MANY + "}",
        "${A:-{" * 101 + "}" * 300,
    ],
    ids=["nested", "open", "braces", "no name", "names", "mixed", "one end", "just too deep"],
)
def test_it_is_refused(project, template):
    project.compose(f"services: {{web: {{image: x, hostname: '{template}'}}}}\n")
    assert project.mistake()["path"] == "services.web.hostname"


@pytest.mark.parametrize(
    "template",
    ["$A" * MANY, "${A}" * MANY, "${A:-}" * MANY, "$$" * MANY, "$" * (2 * MANY + 1)],
    ids=["short", "braces", "defaults", "doubled", "odd"],
)
def test_long_ones_are_fine(project, template):
    project.compose(f"services: {{web: {{image: x, hostname: '{template}'}}}}\n")
    project.passes("config", "-q", env={"A": ""})


def test_values_that_grow(project):
    project.compose("services: {web: {image: x, labels: {a: '" + "$A" * 1000 + "'}}}\n")
    mistake = project.mistake(env={"A": "v" * 50_000})
    assert "longer" in mistake["message"]


def test_growth_over_lines_of_dotenv(project):
    project.compose("services: {web: {image: '${V60:-}'}}")
    project.write(".env", "V0=xxxxxxxx\n" + "".join(f"V{i}=${{V{i - 1}}}${{V{i - 1}}}\n" for i in range(1, 61)))
    assert ".env:" in project.refuses()

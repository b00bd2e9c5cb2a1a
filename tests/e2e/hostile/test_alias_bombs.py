# SPDX-License-Identifier: Apache-2.0

import pytest


def doubling_lists():
    yield "x-0: &a0 [a, a, a, a, a, a, a, a, a]"
    for i in range(1, 10):
        yield f"x-{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]"


def doubling_maps():
    yield "x-0: &a0 {a: 1, b: 2}"
    for i in range(1, 40):
        yield f"x-{i}: &a{i} {{a: *a{i - 1}, b: *a{i - 1}}}"


def merges_of_merges():
    yield "x-0: &a0 {" + ", ".join(f"k{i}: 1" for i in range(1000)) + "}"
    for i in range(1, 5):
        yield f"x-{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 500)}]}}"


def same_map_for_many_services():
    yield "x-e: &e {" + ", ".join(f"K{i}: v" for i in range(1000)) + "}"
    yield "services:"
    for i in range(1100):
        yield f"  s{i}: {{image: x, environment: *e}}"


def block_style():
    yield "x-0: &a0\n  - a\n  - a"
    for i in range(1, 30):
        yield f"x-{i}: &a{i}\n  - *a{i - 1}\n  - *a{i - 1}"


@pytest.mark.parametrize(
    "lines",
    [doubling_lists, doubling_maps, merges_of_merges, same_map_for_many_services, block_style],
    ids=lambda lines: lines.__name__,
)
def test_expansion_is_limited(project, lines):
    project.compose("\n".join(lines()) + "\n")
    mistake = project.mistake()
    assert "alias" in mistake["message"] and "expand" in mistake["message"]


def test_long_text_repeated_is_no_bomb_to_check(project):
    project.compose("services: {}\nx-0: &a " + "t" * 65536 + "\nx-1:\n" + "- *a\n" * 5000)
    project.passes("config", "-q")


def test_many_small_aliases_are_fine(project):
    project.compose("services: {}\nx-0: &a t\nx-1:\n" + "- *a\n" * 50000)
    assert project.config()["x-1"] == ["t"] * 50000

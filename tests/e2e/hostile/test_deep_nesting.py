# SPDX-License-Identifier: Apache-2.0

import pytest

DEPTH = 100_000


@pytest.mark.parametrize(
    "text",
    [
        "x-a: " + "[" * DEPTH,
        "x-a: " + "[" * DEPTH + "]" * DEPTH,
        "x-a: " + "{a: " * DEPTH,
        "x-a: " + "{a: " * DEPTH + "1" + "}" * DEPTH,
        "x-a: " + "[{a: " * DEPTH,
        "x-a:\n  " + "- " * DEPTH + "a",
        "x-a:\n" + "".join(" " * i + "a:\n" for i in range(1, 2000)),
        "x-a:\n" + "".join("  " * i + "- a:\n" for i in range(1, 1000)),
        "services: {web: {image: x, labels: " + "[" * DEPTH,
    ],
    ids=["open list", "list", "open map", "map", "both", "block list", "block map", "block both", "keys"],
)
def test_depth_is_limited(project, text):
    project.compose(text + "\n")
    assert "deep" in project.mistake()["message"]


@pytest.mark.parametrize(
    "text",
    ["? " * DEPTH + "a", "[" * DEPTH, "&a " * DEPTH, "!!map " * DEPTH, "- " * DEPTH],
    ids=["keys", "lists", "anchors", "tags", "items"],
)
def test_nonsense_without_end(project, text):
    project.compose(text + "\n")
    project.refuses()


def test_what_people_write_is_fine(project):
    project.compose("services: {}\nx-a: " + "[" * 90 + "]" * 90 + "\n")
    once = project.passes("config").output
    project.compose(once)
    assert project.passes("config").output == once

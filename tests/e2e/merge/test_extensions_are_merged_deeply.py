# SPDX-License-Identifier: Apache-2.0

def test_maps_merge_lists_append_scalars_replace(project):
    project.compose("services: {}\nx-a: {m: {a: 1, b: 1}, l: [1], s: 1}\n")
    project.compose("x-a: {m: {b: 2, c: 2}, l: [2], s: 2}\n", "compose.override.yaml")
    assert project.config()["x-a"] == {"m": {"a": 1, "b": 2, "c": 2}, "l": [1, 2], "s": 2}

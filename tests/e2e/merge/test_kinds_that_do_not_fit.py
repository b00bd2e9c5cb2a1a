# SPDX-License-Identifier: Apache-2.0

def test_list_over_map_of_an_extension_is_refused(project):
    project.compose("services: {}\nx-a: {b: {c: 1}}\n")
    project.compose("x-a: {b: [1]}\n", "compose.override.yaml")
    mistake = project.mistake()
    assert mistake["path"] == "x-a.b"
    assert mistake["file"] == project.path("compose.override.yaml")

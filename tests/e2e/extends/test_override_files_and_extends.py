# SPDX-License-Identifier: Apache-2.0

def test_later_file_may_extend_a_service_of_an_earlier_one(project):
    project.compose("services: {base: {image: b, user: u}}")
    project.compose("services: {web: {extends: base, user: w}}", "compose.override.yaml")
    assert (project.service()["image"], project.service()["user"]) == ("b", "w")


def test_later_file_overrides_what_was_extended(project):
    project.compose("services: {base: {image: b}, web: {extends: base}}")
    project.compose("services: {web: {image: over}}", "compose.override.yaml")
    assert project.service()["image"] == "over"
    assert project.service("base")["image"] == "b"

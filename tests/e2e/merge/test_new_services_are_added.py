# SPDX-License-Identifier: Apache-2.0

def test_service_of_the_later_file(project):
    project.compose("services: {web: {image: x}}")
    project.compose("services: {db: {image: d}}", "compose.override.yaml")
    assert sorted(project.config()["services"]) == ["db", "web"]


def test_incomplete_service_is_completed_by_a_later_file(project):
    project.compose("services: {web: {user: u}}")
    project.refuses()
    project.compose("services: {web: {image: x}}", "compose.override.yaml")
    assert project.service()["user"] == "u"

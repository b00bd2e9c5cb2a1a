# SPDX-License-Identifier: Apache-2.0

def test_files_are_merged_in_the_order_of_the_options(project):
    project.compose("services: {web: {image: one, hostname: one, user: one}}", "a.yaml")
    project.compose("services: {web: {image: two, hostname: two}}", "b.yaml")
    project.compose("services: {web: {image: three}}", "c.yaml")
    web = project.service(before=["-f", "a.yaml", "-f", "b.yaml", "--file=c.yaml"])
    assert (web["image"], web["hostname"], web["user"]) == ("three", "two", "one")
    web = project.service(before=["-f", "c.yaml", "-f", "b.yaml", "-f", "a.yaml"])
    assert web["image"] == "one"


def test_same_file_twice_changes_nothing(project):
    project.compose("services: {web: {image: x, ports: ['80:80'], command: [a, b]}}")
    once = project.config(before=["-f", "compose.yaml"])
    assert project.config(before=["-f", "compose.yaml", "-f", "compose.yaml"]) == once

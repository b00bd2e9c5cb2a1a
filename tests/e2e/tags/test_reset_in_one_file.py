# SPDX-License-Identifier: Apache-2.0

def test_reset_value_counts_as_not_written(project):
    project.compose("services: {web: {image: x, user: !reset u, environment: {A: !reset 1, B: 2}}}")
    web = project.service()
    assert "user" not in web
    assert web["environment"] == {"B": "2"}


def test_item_of_a_list(project):
    project.compose("services: {web: {image: x, dns: [!reset 1.1.1.1, 2.2.2.2]}}")
    assert project.service()["dns"] == ["2.2.2.2"]

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("value", ["null", "[]", "{}", "''", "anything"])
def test_key_of_the_earlier_file_is_gone(merged, value):
    web = merged(
        "services: {web: {image: x, user: u, ports: ['80:80']}}",
        f"services: {{web: {{ports: !reset {value}, user: !reset {value}}}}}",
    )
    assert "ports" not in web and "user" not in web
    assert web["image"] == "x"


def test_one_entry_of_a_map(merged):
    web = merged(
        "services: {web: {image: x, environment: {A: 1, B: 2}}}",
        "services: {web: {environment: {A: !reset null}}}",
    )
    assert web["environment"] == {"B": "2"}


def test_whole_service(project):
    project.compose("services: {web: {image: x}, db: {image: d}}")
    project.compose("services: {db: !reset null}", "compose.override.yaml")
    assert sorted(project.config()["services"]) == ["web"]


def test_section_at_the_top(project):
    project.compose("services: {web: {image: x}}\nvolumes: {v: {}}\n")
    project.compose("volumes: !reset {}\n", "compose.override.yaml")
    assert not project.config().get("volumes")


def test_nothing_to_reset_is_fine(merged):
    assert "user" not in merged("services: {web: {image: x}}", "services: {web: {user: !reset ''}}")


def test_later_file_may_set_it_again(project):
    project.compose("services: {web: {image: x, ports: ['1:1']}}", "a.yaml")
    project.compose("services: {web: {ports: !reset []}}", "b.yaml")
    project.compose("services: {web: {ports: ['2:2']}}", "c.yaml")
    web = project.service(before=["-f", "a.yaml", "-f", "b.yaml", "-f", "c.yaml"])
    assert [port["target"] for port in web["ports"]] == [2]


def test_required_key_may_be_reset_with_its_service(merged):
    web = merged(
        "services: {web: {image: x, build: ., depends_on: [db]}, db: {image: d}}",
        "services: {web: {build: !reset null, depends_on: !reset []}}",
    )
    assert "build" not in web and "depends_on" not in web

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "section, own, included, key, value",
    [
        ("services", "{image: a}", "{image: b, user: u}", "image", "a"),
        ("networks", "{driver: a}", "{driver: b, internal: true}", "driver", "a"),
        ("volumes", "{driver: a}", "{driver: b}", "driver", "a"),
        ("secrets", "{file: /a}", "{file: /b}", "file", "/a"),
        ("configs", "{content: a}", "{content: b}", "content", "a"),
        ("models", "{model: a}", "{model: b}", "model", "a"),
    ],
)
def test_resource_of_one_name_is_merged(project, section, own, included, key, value):
    project.compose(f"include: [sub/inner.yaml]\n{section}: {{same: {own}}}\n")
    project.write("sub/inner.yaml", f"{section}: {{same: {included}}}\n")
    assert project.config()[section]["same"][key] == value


def test_keys_of_the_included_file_stay(project):
    project.compose("include: [inner.yaml]\nservices: {web: {environment: {A: own}}}\n")
    project.write("inner.yaml", "services: {web: {image: x, environment: {A: in, B: in}}}\n")
    web = project.service()
    assert web["image"] == "x"
    assert web["environment"] == {"A": "own", "B": "in"}


def test_equal_resource_is_fine(project):
    project.compose("include: [sub/inner.yaml]\nservices: {}\nnetworks: {n: {driver: bridge}}\n")
    project.write("sub/inner.yaml", "services: {}\nnetworks: {n: {driver: bridge}}\n")
    assert project.config()["networks"]["n"]["driver"] == "bridge"


def test_file_that_is_included_twice_counts_once(project):
    project.compose("include: [a.yaml, b.yaml]\nservices: {}\n")
    project.write("a.yaml", "include: [common.yaml]\nservices: {a: {image: a}}")
    project.write("b.yaml", "include: [common.yaml]\nservices: {b: {image: b}}")
    project.write("common.yaml", "services: {c: {image: c, command: [x], ports: ['80:80'], dns: [a]}}")
    services = project.config()["services"]
    assert sorted(services) == ["a", "b", "c"]
    assert len(services["c"]["ports"]) == 1 and services["c"]["dns"] == ["a"]


def test_override_file_may_change_what_is_included(project):
    project.compose("include: [a.yaml]\nservices: {}\n")
    project.write("a.yaml", "services: {a: {image: a, user: u}}")
    project.compose("services: {a: {image: over}}", "compose.override.yaml")
    assert (project.service("a")["image"], project.service("a")["user"]) == ("over", "u")

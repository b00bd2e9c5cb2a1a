# SPDX-License-Identifier: Apache-2.0
"""!reset and !override of the including file act on what comes from its includes."""

PART = """
services:
  web:
    image: x
    ports: ["80:80"]
    environment: {A: 1, B: 2}
  extra: {image: y}
volumes: {scratch: {}}
"""


def included(project, own):
    project.compose("include: [part.yaml]\n" + own)
    project.write("part.yaml", PART)
    return project.config()


def test_override_of_a_list_and_a_map(project):
    web = included(
        project,
        "services:\n"
        "  web:\n"
        "    ports: !override ['81:81']\n"
        "    environment: !override {C: 3}\n",
    )["services"]["web"]
    assert [port["published"] for port in web["ports"]] == ["81"]
    assert web["environment"] == {"C": "3"}
    assert web["image"] == "x"


def test_reset_of_a_key_and_of_one_name(project):
    web = included(
        project,
        "services:\n"
        "  web:\n"
        "    ports: !reset []\n"
        "    environment:\n"
        "      A: !reset\n",
    )["services"]["web"]
    assert "ports" not in web
    assert web["environment"] == {"B": "2"}


def test_reset_of_whole_resources(project):
    config = included(project, "services: {extra: !reset null}\nvolumes: {scratch: !reset null}\n")
    assert list(config["services"]) == ["web"]
    assert "scratch" not in config.get("volumes", {})


def test_earlier_include_stands_over_a_later_one(project):
    project.compose("include: [one.yaml, two.yaml]\n")
    project.write("one.yaml", "services: {web: {image: one, environment: {A: one}}}")
    project.write("two.yaml", "services: {web: {image: two, environment: {A: two, B: two}}}")
    web = project.service()
    assert web["image"] == "one"
    assert web["environment"] == {"A": "one", "B": "two"}

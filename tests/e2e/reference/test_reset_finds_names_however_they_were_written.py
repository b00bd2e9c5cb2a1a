# SPDX-License-Identifier: Apache-2.0
"""A name can be reset whether earlier files wrote it in a list or in a map."""

import pytest


@pytest.mark.parametrize("key", ["environment", "labels", "annotations", "sysctls"])
def test_names_of_lists_and_maps(project, key):
    project.compose(f"services: {{web: {{image: x, {key}: {{one: 1, keep: me}}}}}}")
    project.compose(f"services: {{web: {{{key}: [two=2, three]}}}}", "list.yaml")
    project.compose(
        "services:\n"
        "  web:\n"
        f"    {key}:\n"
        "      one: !reset\n"
        "      two: !reset null\n"
        "      three: !reset ''\n",
        "last.yaml",
    )
    files = ("-f", "compose.yaml", "-f", "list.yaml", "-f", "last.yaml")
    assert project.service(before=files)[key] == {"keep": "me"}


def test_of_what_is_extended(project):
    project.compose(
        """
        services:
          base: {image: x, environment: [A=1, B=2], labels: {l: 1, m: 2}}
          web:
            extends: base
            environment: {A: !reset }
            labels: {l: !reset }
        """
    )
    services = project.config()["services"]
    assert services["web"]["environment"] == {"B": "2"}
    assert services["web"]["labels"] == {"m": "2"}
    assert services["base"]["environment"] == {"A": "1", "B": "2"}


def test_later_file_starts_anew(project):
    project.compose("services: {web: {image: x, ports: ['80:80']}}")
    project.write("drop.yaml", "services: {web: {ports: !reset []}}")
    project.write("add.yaml", "services: {web: {ports: ['82:82']}}")
    files = ("-f", "compose.yaml", "-f", "drop.yaml", "-f", "add.yaml")
    assert [port["published"] for port in project.service(before=files)["ports"]] == ["82"]

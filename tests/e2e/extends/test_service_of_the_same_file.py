# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("form", ["base", "{service: base}"])
def test_both_forms(project, form):
    project.compose(
        f"""
        services:
          base: {{image: b, user: u, environment: {{A: 1, B: 1}}, ports: ['80:80']}}
          web: {{extends: {form}, image: w, environment: [B=2], ports: ['81:81']}}
        """
    )
    web = project.service()
    assert "extends" not in web
    assert (web["image"], web["user"]) == ("w", "u")
    assert web["environment"] == {"A": "1", "B": "2"}
    assert [port["target"] for port in web["ports"]] == [80, 81]
    assert project.service("base")["image"] == "b"


def test_unknown_service_is_refused(project):
    project.compose("services: {web: {extends: nope}}")
    assert any('"nope"' in mistake["message"] for mistake in project.mistakes())


def test_commands_are_replaced(project):
    project.compose(
        "services: {base: {image: b, command: [a, b]}, web: {extends: base, command: [c]}}"
    )
    assert project.service()["command"] == ["c"]


def test_everything_is_taken_over(project):
    project.compose(
        """
        services:
          base:
            image: b
            depends_on: [db]
            links: [db]
            volumes: ['data:/data']
            networks: [net]
            deploy: {replicas: 2}
            x-note: kept
          web: {extends: base}
          db: {image: d, networks: [net]}
        networks: {net: {}}
        volumes: {data: {}}
        """
    )
    services = project.config()["services"]
    assert services["web"] == services["base"]

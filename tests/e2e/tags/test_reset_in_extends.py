# SPDX-License-Identifier: Apache-2.0

def test_key_of_the_extended_service_is_gone(project):
    project.compose(
        """
        services:
          base: {image: x, ports: ['80:80'], environment: {A: 1, B: 2}}
          web: {extends: base, ports: !reset [], environment: {A: !reset null}}
        """
    )
    web = project.service()
    assert "ports" not in web
    assert web["environment"] == {"B": "2"}
    assert project.service("base")["ports"][0]["target"] == 80


def test_override_in_extends(project):
    project.compose(
        """
        services:
          base: {image: x, ports: ['80:80']}
          web: {extends: {service: base}, ports: !override ['90:90']}
        """
    )
    assert [port["target"] for port in project.service()["ports"]] == [90]


def test_reset_inside_the_extended_service_counts_there(project):
    project.compose(
        """
        services:
          root: {image: x, user: u, ports: ['80:80']}
          base: {extends: root, ports: !reset []}
          web: {extends: base}
        """
    )
    assert "ports" not in project.service()
    assert project.service()["user"] == "u"

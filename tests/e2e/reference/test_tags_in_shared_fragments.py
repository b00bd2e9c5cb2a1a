# SPDX-License-Identifier: Apache-2.0
"""A tag inside an anchor acts wherever the anchor is used."""

BASE = """
services:
  one: {image: x, ports: ["81:80"], user: me}
  two: {image: y, ports: ["82:80"], user: me}
networks:
  left: {external: true, name: outside-left}
  right: {external: true, name: outside-right}
"""


def tagged(project, later):
    project.compose(BASE)
    project.compose(later, "compose.override.yaml")
    return project.config()


def test_reset_behind_a_merge_key(project):
    services = tagged(
        project,
        """
        x-quiet: &quiet
          ports: !reset []
        services:
          one:
            <<: *quiet
          two:
            <<: *quiet
        """,
    )["services"]
    assert "ports" not in services["one"] and "ports" not in services["two"]


def test_reset_behind_two_merge_keys(project):
    services = tagged(
        project,
        """
        x-inner: &inner
          ports: !reset []
        x-outer: &outer
          <<: *inner
          user: !reset null
        services:
          one:
            <<: *outer
        """,
    )["services"]
    assert "ports" not in services["one"] and "user" not in services["one"]
    assert services["two"]["user"] == "me"


def test_reset_that_is_an_alias(project):
    services = tagged(
        project,
        """
        x-nothing: &nothing !reset null
        services: {one: {ports: *nothing}, two: {user: *nothing}}
        """,
    )["services"]
    assert "ports" not in services["one"] and "user" not in services["two"]
    assert "user" in services["one"] and "ports" in services["two"]


def test_override_that_is_an_alias(project):
    networks = tagged(
        project,
        """
        x-plain: &plain !override {driver: bridge}
        networks: {left: *plain, right: *plain}
        """,
    )["networks"]
    assert networks == {
        "left": {"name": "shop_left", "driver": "bridge"},
        "right": {"name": "shop_right", "driver": "bridge"},
    } | {"default": networks["default"]}


def test_list_of_maps_behind_an_anchor(project):
    project.compose(
        """
        x-both: &both
          - {image: x, restart: always}
          - {image: y, user: me}
        services:
          web:
            <<: *both
        """
    )
    web = project.service()
    assert (web["image"], web["restart"], web["user"]) == ("x", "always", "me")

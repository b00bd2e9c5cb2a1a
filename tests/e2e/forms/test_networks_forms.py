# SPDX-License-Identifier: Apache-2.0

TOP = "networks: {front: {}, back: {}}\n"


def test_list_becomes_a_map(web):
    assert web("networks: [front, back]", TOP)["networks"] == {"back": None, "front": None}


def test_map_keeps_addresses_and_aliases(web):
    networks = web(
        """
        networks:
          front: {aliases: [a, b], ipv4_address: 10.0.0.2, ipv6_address: 'fd00::2', priority: 5,
                  gw_priority: 1, link_local_ips: [169.254.1.1], mac_address: 02:42:ac:11:00:02,
                  interface_name: eth7, driver_opts: {k: 1}}
          back:
        """,
        TOP,
    )["networks"]
    assert networks["front"] == {
        "priority": 5,
        "gw_priority": 1,
        "aliases": ["a", "b"],
        "interface_name": "eth7",
        "ipv4_address": "10.0.0.2",
        "ipv6_address": "fd00::2",
        "link_local_ips": ["169.254.1.1"],
        "mac_address": "02:42:ac:11:00:02",
        "driver_opts": {"k": "1"},
    }
    assert networks["back"] is None


def test_service_without_networks_joins_the_default_one(project):
    project.compose("services: {web: {image: x}}")
    config = project.config()
    assert config["services"]["web"]["networks"] == {"default": None}
    assert config["networks"] == {"default": {"name": "shop_default"}}


def test_no_default_network_where_nobody_uses_it(web, project):
    assert "default" not in project_networks(project, web, "networks: [front]")
    project.compose("services: {web: {image: x, network_mode: host}}")
    config = project.config()
    assert "networks" not in config or config["networks"] == {}
    assert "networks" not in config["services"]["web"]


def project_networks(project, web, keys):
    web(keys, "networks: {front: {}}\n")
    return project.config()["networks"]

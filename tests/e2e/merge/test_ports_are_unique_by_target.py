# SPDX-License-Identifier: Apache-2.0

def targets(ports):
    return [(port["target"], port.get("published"), port["protocol"]) for port in ports]


def test_new_ports_are_appended(merged):
    ports = merged("ports: ['80:80']", "ports: ['81:81']")["ports"]
    assert targets(ports) == [(80, "80", "tcp"), (81, "81", "tcp")]


def test_same_port_stands_once(merged):
    assert targets(merged("ports: ['80:80']", "ports: ['80:80']")["ports"]) == [(80, "80", "tcp")]


def test_short_and_long_form_of_one_port_are_the_same(merged):
    ports = merged("ports: ['80:80']", "ports: [{target: 80, published: 80, name: web}]")["ports"]
    assert targets(ports) == [(80, "80", "tcp")]
    assert ports[0]["name"] == "web"


def test_other_protocol_address_or_published_port_is_another_port(merged):
    ports = merged("ports: ['53:53']", "ports: ['53:53/udp', '127.0.0.1:53:53', '54:53']")["ports"]
    assert len(ports) == 4

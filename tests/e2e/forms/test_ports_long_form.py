# SPDX-License-Identifier: Apache-2.0

def test_long_form_keeps_its_keys_and_gets_defaults(web):
    port = web("ports: [{target: 80, published: 8080, name: front, app_protocol: http}]")["ports"][0]
    assert port == {
        "name": "front",
        "mode": "ingress",
        "target": 80,
        "published": "8080",
        "protocol": "tcp",
        "app_protocol": "http",
    }


def test_host_mode_and_address_stay(web):
    port = web("ports: [{target: '80', mode: host, host_ip: 10.0.0.1, protocol: udp}]")["ports"][0]
    assert (port["mode"], port["host_ip"], port["protocol"], port["target"]) == (
        "host",
        "10.0.0.1",
        "udp",
        80,
    )


def test_published_range_stays(web):
    port = web("ports: [{target: 80, published: 8000-8010}]")["ports"][0]
    assert port["published"] == "8000-8010"

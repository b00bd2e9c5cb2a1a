# SPDX-License-Identifier: Apache-2.0

def test_all_keys_are_kept(project):
    project.compose(
        """
        services: {web: {image: x, networks: [n]}}
        networks:
          n:
            driver: bridge
            driver_opts: {mtu: 1400}
            internal: true
            attachable: true
            enable_ipv4: true
            enable_ipv6: false
            labels: {a: b}
            ipam:
              driver: default
              options: {o: p}
              config:
                - {subnet: 10.0.0.0/24, ip_range: 10.0.0.128/25, gateway: 10.0.0.1, aux_addresses: {h: 10.0.0.9}}
        """
    )
    assert project.config()["networks"]["n"] == {
        "name": "shop_n",
        "driver": "bridge",
        "driver_opts": {"mtu": "1400"},
        "ipam": {
            "driver": "default",
            "config": [
                {
                    "subnet": "10.0.0.0/24",
                    "gateway": "10.0.0.1",
                    "ip_range": "10.0.0.128/25",
                    "aux_addresses": {"h": "10.0.0.9"},
                }
            ],
            "options": {"o": "p"},
        },
        "internal": True,
        "attachable": True,
        "labels": {"a": "b"},
        "enable_ipv4": True,
        "enable_ipv6": False,
    }

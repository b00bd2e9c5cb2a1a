# SPDX-License-Identifier: Apache-2.0

def test_list_and_map_give_the_same(web):
    expected = {"net.core.somaxconn": "1024", "net.ipv4.x": "0"}
    assert web("sysctls: [net.core.somaxconn=1024, net.ipv4.x=0]")["sysctls"] == expected
    assert web("sysctls: {net.core.somaxconn: 1024, net.ipv4.x: 0}")["sysctls"] == expected

# SPDX-License-Identifier: Apache-2.0

def test_numbers_become_text(web):
    assert web("expose: [80, '90/udp', 3000-3002]")["expose"] == ["80", "90/udp", "3000-3002"]

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "form",
    [
        "['one:10.0.0.1', 'six:::1']",
        "['one=10.0.0.1', 'six=::1']",
        "['one=10.0.0.1', 'six=[::1]']",
        "{one: 10.0.0.1, six: '::1'}",
        "{one: [10.0.0.1], six: ['[::1]']}",
    ],
)
def test_forms_give_the_same(web, form):
    assert web(f"extra_hosts: {form}")["extra_hosts"] == ["one=10.0.0.1", "six=::1"]


def test_name_with_several_addresses(web):
    hosts = web("extra_hosts: {one: [10.0.0.1, 10.0.0.2]}")["extra_hosts"]
    assert hosts == ["one=10.0.0.1", "one=10.0.0.2"]


def test_host_gateway_stays(web):
    assert web("extra_hosts: ['h:host-gateway']")["extra_hosts"] == ["h=host-gateway"]

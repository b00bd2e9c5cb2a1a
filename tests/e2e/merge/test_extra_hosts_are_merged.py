# SPDX-License-Identifier: Apache-2.0

def test_hosts_of_both_files_count(merged):
    hosts = merged("extra_hosts: ['a:1.1.1.1']", "extra_hosts: {b: 2.2.2.2}")["extra_hosts"]
    assert hosts == ["a=1.1.1.1", "b=2.2.2.2"]

# SPDX-License-Identifier: Apache-2.0

import pytest

LISTS = [
    "cap_add",
    "cap_drop",
    "dns",
    "dns_search",
    "dns_opt",
    "expose",
    "external_links",
    "group_add",
    "security_opt",
    "tmpfs",
    "device_cgroup_rules",
    "profiles",
]


@pytest.mark.parametrize("key", LISTS)
def test_lists(project, key):
    project.compose({"services": {"web": {"image": "x", key: ["1", "2"]}}})
    project.compose({"services": {"web": {key: ["2", "3"]}}}, "compose.override.yaml")
    assert project.service(before=["--profile", "*"])[key] == ["1", "2", "3"]


@pytest.mark.parametrize("key", ["dns", "dns_search", "tmpfs"])
def test_string_and_list(merged, key):
    assert merged(f"{key}: /a", f"{key}: [/b]")[key] == ["/a", "/b"]
    assert merged(f"{key}: [/a]", f"{key}: /b")[key] == ["/a", "/b"]

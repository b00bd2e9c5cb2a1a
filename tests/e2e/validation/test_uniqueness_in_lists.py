# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("key", ["security_opt", "group_add", "device_cgroup_rules", "volumes_from"])
def test_same_item_twice_is_refused(project, key):
    project.compose(f"services: {{web: {{image: x, {key}: [a, a]}}}}")
    mistake = project.mistake("--no-consistency")
    assert mistake["path"] == f"services.web.{key}[1]"


@pytest.mark.parametrize("key", ["cap_add", "cap_drop", "dns", "dns_search", "dns_opt", "expose", "tmpfs"])
def test_same_item_twice_counts_once(project, key):
    project.compose(f"services: {{web: {{image: x, {key}: [a, b, a]}}}}")
    assert project.service()[key] == ["a", "b"]

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("key", ["ports", "environment", "labels", "volumes", "deploy", "dns"])
def test_empty_list_or_map_keeps_the_earlier_one(project, key):
    value = {
        "ports": ["80:80"],
        "environment": {"A": "1"},
        "labels": {"a": "1"},
        "volumes": ["/a:/a"],
        "deploy": {"replicas": 1},
        "dns": ["1.1.1.1"],
    }[key]
    project.compose({"services": {"web": {"image": "x", key: value}}})
    before = project.service()[key]
    project.compose({"services": {"web": {key: type(value)()}}}, "compose.override.yaml")
    assert project.service()[key] == before


def test_key_without_value_keeps_the_earlier_one(project):
    project.compose("services: {web: {image: x, environment: {A: 1}, ports: ['80:80']}}")
    project.compose("services: {web: {environment: , ports: }}", "compose.override.yaml")
    web = project.service()
    assert web["environment"] == {"A": "1"} and len(web["ports"]) == 1

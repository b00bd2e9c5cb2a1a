# SPDX-License-Identifier: Apache-2.0

import pytest

OTHERS = "  db: {image: d}\n"


@pytest.mark.parametrize(
    "keys",
    [
        "links: [db]",
        "links: ['db:database']",
        "network_mode: service:db",
        "ipc: service:db",
        "pid: service:db",
    ],
)
def test_sharing_implies_a_dependency_that_restarts(web, keys):
    assert web(keys, OTHERS)["depends_on"] == {
        "db": {"condition": "service_started", "restart": True, "required": True}
    }


def test_volumes_from_implies_a_dependency(web):
    assert web("volumes_from: ['db:ro']", OTHERS)["depends_on"]["db"]["required"] is True


def test_containers_are_no_dependency(web):
    assert "depends_on" not in web("volumes_from: ['container:old']\nnetwork_mode: container:old")


def test_written_dependency_stays(web):
    needs = web("links: [db]\ndepends_on: {db: {condition: service_healthy}}", OTHERS)["depends_on"]
    assert needs["db"]["condition"] == "service_healthy"

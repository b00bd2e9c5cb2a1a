# SPDX-License-Identifier: Apache-2.0

STARTED = {"condition": "service_started", "required": True}
OTHERS = "  db: {image: d}\n  cache: {image: c}\n"


def test_list_means_started_and_required(web):
    assert web("depends_on: [db, cache]", OTHERS)["depends_on"] == {"db": STARTED, "cache": STARTED}


def test_map_keeps_condition_and_restart(web):
    needs = web(
        """
        depends_on:
          db: {condition: service_healthy, restart: true}
          cache: {condition: service_completed_successfully, required: false}
        """,
        OTHERS,
    )["depends_on"]
    assert needs == {
        "cache": {"condition": "service_completed_successfully", "required": False},
        "db": {"condition": "service_healthy", "restart": True, "required": True},
    }

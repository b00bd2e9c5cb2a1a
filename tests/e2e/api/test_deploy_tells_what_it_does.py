# SPDX-License-Identifier: Apache-2.0
"""A deploy through the API: its events end with its result, and what it made serves."""


def test_deploy_tells_what_it_does(node):
    begun = node.begin(spec=node.spec(), author="anna@build1", note="first")
    result, events = node.result(begun["deploy"])
    assert begun["revision"] == 1
    assert result["state"] == "done" and result["revision"] == 1
    assert events[0]["type"] == "started" and events[0]["author"] == "anna@build1"
    assert {"plan", "step", "change"} <= {event["type"] for event in events}
    kept = [event["sequence"] for event in events if "sequence" in event]
    assert kept == sorted(kept) and all(event["project"] == "shop" for event in events)

    assert node.get() == (200, "1")
    instances = node.instances()
    assert [instance["name"] for instance in instances] == ["shop-web-1", "shop-web-2"]
    assert all(instance["edge"] == "serving" for instance in instances)
    assert node.call("GET", f"/v1/deploys/{begun['deploy']}")["state"] == "done"
    assert node.call("GET", "/v1/projects/shop/deploys")["deploys"][0]["kind"] == "up"
    revision = node.call("GET", "/v1/projects/shop/revisions")["revisions"][0]
    assert revision["serving"] and revision["note"] == "first"
    project = node.call("GET", "/v1/projects")["projects"][0]
    assert project["name"] == "shop" and project["revision"] == 1

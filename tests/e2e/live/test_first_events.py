# SPDX-License-Identifier: Apache-2.0
"""A stream begins with everything, each kind whole."""

import time


def test_of_an_empty_node(stack):
    stream = stack.live()
    assert stream.status == 200
    assert stream.fields["content-type"] == "text/event-stream"
    found = stream.beginning()
    assert list(found) == ["session", "projects", "instances", "edge"]
    assert found["session"]["role"] == "admin"
    assert found["session"]["expires"] is None
    assert abs(found["session"]["now"] - time.time() * 1000) < 60000
    assert found["projects"] == {"projects": []}
    assert found["instances"] == {"whole": True, "instances": []}
    assert found["edge"]["listeners"] == []


def test_of_a_project(stack):
    stack.write_web(replicas=2)
    stack.up()
    found = stack.live().beginning()
    (project,) = found["projects"]["projects"]
    assert project["name"] == "shop"
    assert project["state"] == "served"
    assert project["error"] is None
    assert (project["revision"], project["newest"], project["down"]) == (1, 1, False)
    assert project["deploy"] is None
    assert (project["listeners"], project["groups"]) == (2, 1)  # one is for the service's own name
    (service,) = project["services"]
    edge = found["edge"]
    (listener,) = [one for one in edge["listeners"] if one["name"] == "web"]
    (group,) = edge["groups"]
    assert service == {
        "name": "web",
        "runtime": "process",
        "replicas": 2,
        "running": 2,
        "ready": 2,
        "state": "ok",
        "trouble": None,
        "groups": [group["id"]],
        "image": "",
    }
    assert listener["name"] == "web"
    assert listener["projects"] == ["shop"]
    assert listener["rules"] == [
        {
            "name": "default",
            "when": "",
            "action": {"kind": "forward", "groups": [{"id": group["id"], "weight": 1}]},
        }
    ]
    assert (group["project"], group["name"], group["service"]) == ("shop", "web", "web")
    assert group["algorithm"] == "round_robin"
    assert sorted(group["targets"]) == sorted(target["id"] for target in edge["targets"])
    assert {target["instance"] for target in edge["targets"]} == {"shop-web-1", "shop-web-2"}
    assert {target["service"] for target in edge["targets"]} == {"web"}
    listed = stack.api("/v1/instances")["instances"]
    for one in [*listed, *found["instances"]["instances"]]:
        one.pop("active")
    assert found["instances"]["instances"] == listed
    assert len(listed) == 2
    of_targets = {target["id"]: target for target in stack.api("/v1/targets")["targets"]}
    for target in edge["targets"]:
        assert {key: of_targets[target["id"]][key] for key in ("address", "group", "state", "weight")} == {
            key: target[key] for key in ("address", "group", "state", "weight")
        }


def test_a_malformed_number_is_refused(stack):
    for query in ("?after=x", "?after=-1", "?after=99999999999999999999"):
        assert stack.live(query).status == 400
    assert stack.live(fields=("Last-Event-ID: 1x",)).status == 400

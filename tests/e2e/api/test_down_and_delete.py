# SPDX-License-Identifier: Apache-2.0
"""down keeps revisions; DELETE forgets the project. Neither leaves anything running."""

import pytest

from support.tree import wait_until


def test_down_and_delete(node):
    node.deploy(spec=node.spec("1"))
    node.deploy("down")
    assert node.instances() == []
    with pytest.raises(ConnectionRefusedError):
        node.get()
    assert len(node.call("GET", "/v1/projects/shop/revisions")["revisions"]) == 1
    node.deploy("rollback", revision=1)
    assert node.get() == (200, "1")
    node.call("DELETE", "/v1/projects/shop")
    node.call("GET", "/v1/projects/shop/revisions", status=404)
    assert node.call("GET", "/v1/projects")["projects"] == []

    # The name is free again.
    wait_until(lambda: put_status(node) == 200, "a project without services", node.log)
    node.call("DELETE", "/v1/projects/shop")
    node.call("DELETE", "/v1/projects/shop", status=404)


def put_status(node):
    connection, response = node.request("PUT", "/v1/projects/shop", {"x-slipway": {}})
    response.read()
    connection.close()
    return response.status


def test_put_is_for_projects_without_services(node):
    refused = node.call("PUT", "/v1/projects/shop", node.spec("1"), 409)
    assert "slipway up" in refused["error"]["message"]
    node.deploy(spec=node.spec("1", replicas=1))
    plain = {"x-slipway": {}}
    assert "deployed" in node.call("PUT", "/v1/projects/shop", plain, 409)["error"]["message"]


def test_secrets_are_masked(node):
    spec = node.spec("1", replicas=1, environment={"DB_PASSWORD": "hunter22"})
    node.deploy(spec=spec)
    shown = node.call("GET", "/v1/projects/shop/revisions/1")["spec"]["services"]["web"]
    assert shown["environment"]["DB_PASSWORD"] == "********"
    bare = node.call("GET", "/v1/projects/shop/revisions/1?secrets=1")["spec"]["services"]["web"]
    assert bare["environment"]["DB_PASSWORD"] == "hunter22"


def test_bad_requests_change_nothing(node):
    for body, status in [
        ({"kind": "up"}, 400),
        ({"kind": "up", "spec": {"services": {"a": {"imge": "x"}}}}, 400),
        ({"kind": "dance"}, 400),
        ({"kind": "rollback", "revision": 7}, 404),
        ({"kind": "scale", "options": {"scale": {"web": 2}}}, 404),
        ({"kind": "down"}, 404),
    ]:
        answer = node.call("POST", "/v1/projects/shop/deploys", body, status)
        assert answer["error"]["message"]
    assert node.call("GET", "/v1/projects")["projects"] == []


def test_plan_changes_nothing(node):
    plan = node.call("POST", "/v1/projects/shop/plan", {"spec": node.spec("1")})
    assert [step["step"] for step in plan["steps"]].count("start") == 2
    assert node.call("GET", "/v1/projects")["projects"] == []

# SPDX-License-Identifier: Apache-2.0
"""A word that is misread must not do more than was said: it is refused, and nothing happens."""

import pytest

WRONG = {
    "a service that is none": ({"kind": "down", "options": {"services": [1]}}, 400, "options.services"),
    "services that are no list": ({"kind": "down", "options": {"services": "web"}}, 400, "options.services"),
    "options that are no map": ({"kind": "down", "options": []}, 400, "options"),
    "an option that nobody knows": ({"kind": "down", "options": {"service": ["web"]}}, 400, "\"service\""),
    "what cannot be removed": ({"kind": "down", "options": {"remove": ["volume"]}}, 400, "options.remove"),
    "a service that is not there": ({"kind": "down", "options": {"services": ["wbe"]}}, 404, "wbe"),
    "another one": ({"kind": "stop", "options": {"services": ["wbe"]}}, 404, "wbe"),
    "a plan that is none": ({"kind": "rollback", "revision": 1, "options": {"plan": []}}, 400, "options.plan"),
    "a lock that is none": ({"kind": "down", "options": {"lock": "no"}}, 400, "options.lock"),
    "a spec that is none": ({"kind": "up", "spec": []}, 400, "spec"),
    "an author of two lines": ({"kind": "down", "author": "a\nb"}, 400, "author"),
    "a long note": ({"kind": "down", "note": "x" * 2000}, 400, "note"),
}


@pytest.fixture(scope="module")
def served(slipway):
    from support.node import Node
    node = Node(slipway)
    node.deploy(spec=node.spec("1", replicas=1))
    yield node
    node.close()


@pytest.mark.parametrize("name", WRONG)
def test_refused(served, name):
    body, status, part = WRONG[name]
    answer = served.call("POST", "/v1/projects/shop/deploys", body, status)
    assert part in answer["error"]["message"]
    assert served.get() == (200, "1")
    assert len(served.call("GET", "/v1/projects/shop/deploys")["deploys"]) == 1


def test_no_number_of_a_deploy_is_not_all_of_them(served):
    served.call("GET", "/v1/events?deploy=-1", status=400)
    served.call("GET", "/v1/deploys/-1", status=404)


def test_a_plan_may_be_an_object(served):
    spec = served.spec("2", replicas=1)
    plan = served.call("POST", "/v1/projects/shop/plan", {"spec": spec})
    assert served.deploy(spec=spec, options={"plan": plan})["state"] == "done"
    result = served.deploy(state="failed", spec=served.spec("3", replicas=1), options={"plan": plan})
    assert "stale" in result["message"]
    assert served.get() == (200, "2")

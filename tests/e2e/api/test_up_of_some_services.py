# SPDX-License-Identifier: Apache-2.0
"""An up that names services changes these alone, now and later."""


def spec_of(node, version):
    spec = node.spec(version, replicas=1)
    for name in "worker", "other":
        spec["services"][name] = {
            "command": ["/bin/sh", "-c", "sleep 1000"],
            "environment": {"VERSION": version},
            "x-slipway": {"runtime": "process"},
        }
    return spec


def ids(node):
    return {instance["service"]: instance["id"] for instance in node.instances()}


def test_the_others_stay_as_they_serve(node):
    node.deploy(spec=spec_of(node, "1"))
    before = ids(node)
    result = node.deploy(spec=spec_of(node, "2"), options={"services": ["web"]})
    assert node.get() == (200, "2")
    assert {name: ids(node)[name] for name in ("worker", "other")} == {
        name: before[name] for name in ("worker", "other")}
    revision = node.call("GET", f"/v1/projects/shop/revisions/{result['revision']}")
    assert revision["spec"]["services"]["worker"]["environment"]["VERSION"] == "1"
    assert revision["spec"]["services"]["web"]["environment"]["VERSION"] == "2"
    node.deploy("restart", options={"services": ["other"]})
    assert ids(node)["worker"] == before["worker"]


def test_one_that_does_not_serve_yet_is_left_out(node):
    first, second = spec_of(node, "1"), spec_of(node, "1")
    del first["services"]["other"]
    node.deploy(spec=first)
    node.deploy(spec=second, options={"services": ["web"]})
    assert sorted(ids(node)) == ["web", "worker"]

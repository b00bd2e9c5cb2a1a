# SPDX-License-Identifier: Apache-2.0
"""A revision that ends before it has passed its checks gets no request, and goes away as a whole."""

from support.node import Load


def test_failing_revision_is_undone(node):
    node.deploy(spec=node.spec("1"))
    bad = node.spec("2", environment={"BROKEN": "yes"})
    with Load(node) as load:
        result = node.deploy(spec=bad, state="failed")
        load.goes_on()
    assert load.failures == [] and load.versions == ["1"]
    assert result["revision"] == 1 and result["message"]
    assert any("it does not work" in str(line) for line in result["log"])
    assert {instance["revision"] for instance in node.instances()} == {1}
    states = {item["number"]: item["state"]
              for item in node.call("GET", "/v1/projects/shop/revisions")["revisions"]}
    assert states == {1: "deployed", 2: "failed"}

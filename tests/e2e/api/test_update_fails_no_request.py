# SPDX-License-Identifier: Apache-2.0
"""A new revision takes over under load, and then the earlier one again: no request fails."""

from support.node import Load


def test_update_fails_no_request(node):
    node.deploy(spec=node.spec("1"))
    with Load(node) as load:
        result = node.deploy(spec=node.spec("2"))
        load.goes_on()
        assert result["revision"] == 2
        node.deploy("rollback", revision=1)
        load.goes_on()
    assert load.failures == []
    assert load.versions[0] == "1" and "2" in load.versions and load.versions[-1] == "1"
    assert node.get() == (200, "1")
    assert len(node.instances()) == 2

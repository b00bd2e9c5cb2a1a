# SPDX-License-Identifier: Apache-2.0
"""An instance that is killed while it ends, or is started again, is no reason to wait."""


def test_killed_again_at_once(node):
    node.deploy(spec=node.spec("1", replicas=1))
    for _ in range(60):  # some of them meet its end, some what comes after it
        node.call("POST", "/v1/projects/shop/instances/shop-web-1/kill", {})

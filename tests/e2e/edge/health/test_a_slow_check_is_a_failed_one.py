# SPDX-License-Identifier: Apache-2.0

from support.checks import FAST
from support.edge import wait_until


def test_nothing_comes(edge):
    def silent(connection):
        connection.request()
        connection.rest()

    origin = edge.origin(script=silent)
    health = {**FAST, "timeout": "200ms", "unhealthy": 1}
    edge.forward(origin, group={"health": health, "timeouts": {"connect": "200ms", "response": "200ms"}})
    origin.wait_for_end()  # the edge gives up
    wait_until(
        lambda: "time" in edge.targets()[origin.address]["description"].lower(),
        lambda: edge.targets(),
    )
    assert edge.get().status == 504  # where all have failed, all are asked

# SPDX-License-Identifier: Apache-2.0
"""A change elsewhere in the project neither forgets a state nor asks again before its time."""

from support.checked import HEALTH, Checked


def test_changes_keep_what_is_known(edge):
    well, ill = Checked(edge, "well"), Checked(edge, "ill", is_well=False)
    health = {**HEALTH, "interval": "1m"}
    edge.forward(well.origin, ill.origin, group={"health": health})
    edge.wait_for_state("healthy", well.origin)
    edge.wait_for_state("unhealthy", ill.origin)
    since = {address: target["since"] for address, target in edge.targets().items()}
    for number in range(5):
        edge.forward(well.origin, ill.origin, group={"health": health}, timeouts={"idle": f"{number + 20}s"})
        assert edge.states() == {well.origin.address: "healthy", ill.origin.address: "unhealthy"}
        assert edge.get().body == b"well"
    assert {address: target["since"] for address, target in edge.targets().items()} == since
    assert len(well.checks) == len(ill.checks) == 1

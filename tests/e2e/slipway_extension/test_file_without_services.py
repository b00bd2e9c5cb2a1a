# SPDX-License-Identifier: Apache-2.0

def test_listeners_and_fixed_targets_are_enough(project):
    project.compose(
        """
        x-slipway:
          listeners: {front: {address: ":8080", default: {forward: back}}}
          target_groups: {back: {targets: ["127.0.0.1:9000"]}}
        """
    )
    config = project.config()
    assert config["name"] == "shop"
    assert not config.get("services") and not config.get("networks")
    assert config["x-slipway"]["listeners"]["front"]["address"] == ":8080"

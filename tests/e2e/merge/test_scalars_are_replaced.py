# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "key, base, override",
    [
        ("image", "a", "b"),
        ("hostname", "a", "b"),
        ("restart", "always", "unless-stopped"),
        ("privileged", True, False),
        ("mem_limit", "1", "2"),
        ("scale", 1, 2),
        ("stop_grace_period", "1s", "2s"),
        ("network_mode", "host", "none"),
    ],
)
def test_later_value_wins(project, key, base, override):
    project.compose({"services": {"web": {"image": "x", key: base}}})
    project.compose({"services": {"web": {key: override}}}, "compose.override.yaml")
    assert project.service()[key] == override

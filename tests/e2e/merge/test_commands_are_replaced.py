# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("key", ["command", "entrypoint"])
def test_later_command_wins_as_a_whole(merged, key):
    assert merged(f"{key}: [a, b, c]", f"{key}: [d]")[key] == ["d"]
    assert merged(f"{key}: [a, b]", f"{key}: d e")[key] == ["d", "e"]


def test_test_of_the_healthcheck_too(merged):
    health = merged(
        "healthcheck: {test: [CMD, a, b], interval: 5s}", "healthcheck: {test: [CMD, c]}"
    )["healthcheck"]
    assert health == {"test": ["CMD", "c"], "interval": "5s"}

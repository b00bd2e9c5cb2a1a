# SPDX-License-Identifier: Apache-2.0

def test_number_replaces_map_and_map_replaces_number(merged):
    limits = merged(
        "ulimits: {nproc: 1, nofile: {soft: 1, hard: 2}}",
        "ulimits: {nproc: {soft: 3, hard: 4}, nofile: 5, core: 6}",
    )["ulimits"]
    assert limits == {"core": 6, "nofile": 5, "nproc": {"soft": 3, "hard": 4}}

# SPDX-License-Identifier: Apache-2.0

def test_number_and_map(web):
    limits = web("ulimits: {nproc: 65535, nofile: {soft: 1000, hard: '2000'}, core: '-1'}")["ulimits"]
    assert limits == {"core": -1, "nofile": {"soft": 1000, "hard": 2000}, "nproc": 65535}


def test_half_a_map_is_refused(project):
    project.compose("services: {web: {image: x, ulimits: {nofile: {soft: 1}}}}")
    assert '"hard"' in project.mistake()["message"]

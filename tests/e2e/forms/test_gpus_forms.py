# SPDX-License-Identifier: Apache-2.0

def test_all_is_every_device(web):
    assert web("gpus: all")["gpus"] == [{"count": -1}]


def test_list_gets_its_counts(web):
    gpus = web("gpus: [{driver: nvidia, count: 2}, {device_ids: ['0']}, {count: all}]")["gpus"]
    assert gpus == [{"driver": "nvidia", "count": 2}, {"device_ids": ["0"]}, {"count": -1}]

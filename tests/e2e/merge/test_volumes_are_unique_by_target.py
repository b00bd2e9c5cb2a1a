# SPDX-License-Identifier: Apache-2.0

TOP = "volumes: {aa: {}, bb: {}}"


def test_later_mount_replaces_the_one_at_its_target(merged):
    volumes = merged("volumes: ['aa:/data:ro', '/x:/x']", "volumes: ['bb:/data']", TOP)["volumes"]
    assert [(mount["target"], mount["source"]) for mount in volumes] == [("/data", "bb"), ("/x", "/x")]
    assert "read_only" not in volumes[0]


def test_new_targets_are_appended(merged):
    volumes = merged("volumes: ['aa:/one']", "volumes: ['bb:/two']", TOP)["volumes"]
    assert [mount["target"] for mount in volumes] == ["/one", "/two"]


def test_long_form_replaces_short_form(merged):
    volumes = merged(
        "volumes: ['aa:/data']", "volumes: [{type: tmpfs, target: /data}]", TOP
    )["volumes"]
    assert volumes == [{"type": "tmpfs", "target": "/data"}]

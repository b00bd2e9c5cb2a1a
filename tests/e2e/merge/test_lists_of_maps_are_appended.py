# SPDX-License-Identifier: Apache-2.0

def test_hooks_and_watch_rules(merged):
    web = merged(
        "post_start: [{command: [a]}], develop: {watch: [{action: rebuild, path: /a}]}",
        "post_start: [{command: [b]}], develop: {watch: [{action: rebuild, path: /b}]}",
    )
    assert [hook["command"] for hook in web["post_start"]] == [["a"], ["b"]]
    assert [rule["path"] for rule in web["develop"]["watch"]] == ["/a", "/b"]


def test_device_requests(merged):
    assert len(merged("gpus: [{driver: a}]", "gpus: [{driver: b}]")["gpus"]) == 2

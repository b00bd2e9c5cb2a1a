# SPDX-License-Identifier: Apache-2.0

def test_later_device_replaces_the_one_at_its_target(merged):
    devices = merged("devices: ['/dev/a:/dev/x', '/dev/c']", "devices: ['/dev/b:/dev/x:r']")["devices"]
    assert [(device["source"], device["target"]) for device in devices] == [
        ("/dev/b", "/dev/x"),
        ("/dev/c", "/dev/c"),
    ]

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "short, device",
    [
        ("/dev/a", {"source": "/dev/a", "target": "/dev/a", "permissions": "rwm"}),
        ("/dev/a:/dev/b", {"source": "/dev/a", "target": "/dev/b", "permissions": "rwm"}),
        ("/dev/a:/dev/b:r", {"source": "/dev/a", "target": "/dev/b", "permissions": "r"}),
        (
            "vendor.com/gpu=0",
            {"source": "vendor.com/gpu=0", "target": "vendor.com/gpu=0", "permissions": "rwm"},
        ),
    ],
)
def test_short_form_is_written_out(web, short, device):
    assert web(f"devices: ['{short}']")["devices"] == [device]


def test_long_form_stays(web):
    long = "devices: [{source: /dev/a, target: /dev/b, permissions: rw}]"
    assert web(long)["devices"] == [{"source": "/dev/a", "target": "/dev/b", "permissions": "rw"}]

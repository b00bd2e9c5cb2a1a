# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("address", [":80", "127.0.0.1:8080", "[::1]:80", "0.0.0.0:65535"])
def test_listener_takes_it(extended, address):
    project = extended(f"listeners: {{l: {{address: '{address}', default: {{forward: api}}}}}}")
    assert project.config()["x-slipway"]["listeners"]["l"]["address"] == address


@pytest.mark.parametrize("address", ["80", ":0", ":65536", "localhost:80", "::1:80", "[::1]", "", ":x"])
def test_listener_refuses_it(extended, address):
    project = extended(f"listeners: {{l: {{address: '{address}', default: {{forward: api}}}}}}")
    assert project.mistake()["path"] == "x-slipway.listeners.l.address"


@pytest.mark.parametrize("target", ["h:1", "10.0.0.1:80", "[::1]:80", "a.example.com:443", "unix:/run/s"])
def test_target_is_taken(extended, target):
    project = extended(f"target_groups: {{g: {{targets: ['{target}']}}}}")
    group = project.config()["x-slipway"]["target_groups"]["g"]
    assert group["targets"] == [{"address": target}]


@pytest.mark.parametrize("target", ["h", ":80", "h:0", "h:99999", "unix:run", "a b:80", "http://h:80"])
def test_target_is_refused(extended, target):
    project = extended(f"target_groups: {{g: {{targets: ['{target}']}}}}")
    assert project.mistake()["path"].startswith("x-slipway.target_groups.g.targets[0]")

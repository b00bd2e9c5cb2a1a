# SPDX-License-Identifier: Apache-2.0

def test_timeout_longer_than_the_interval_is_refused(extended):
    project = extended("target_groups: {g: {service: api, health: {interval: 2s, timeout: 5s}}}")
    assert "timeout" in project.mistake()["message"]


def test_timeout_of_the_interval_is_fine(extended):
    extended("target_groups: {g: {service: api, health: {interval: 5s, timeout: 5s}}}").config()

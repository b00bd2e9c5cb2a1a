# SPDX-License-Identifier: Apache-2.0

import pytest


def group(body):
    return f"target_groups: {{g: {{{body}}}}}"


@pytest.mark.parametrize(
    "body, words",
    [
        ("algorithm: hash", "service or targets"),
        ("service: api, targets: ['h:1']", "exclude"),
        ("service: apo", "apo"),
        ("service: many", "more than one port"),
        ("targets: ['h:1'], port: 80", "port"),
        ("service: api, port: 0", "65535"),
        ("service: api, algorithm: random", "round_robin"),
        ("service: api, slow_start: 16m", "15m"),
        ("service: api, drain: 61m", "1h"),
        ("service: api, drain: 5", "duration"),
        ("service: api, health: {protocol: udp}", "tcp"),
        ("service: api, health: {path: healthz}", "healthz"),
        ("service: api, health: {interval: 500ms}", "1s"),
        ("service: api, health: {interval: 6m}", "5m"),
        ("service: api, health: {timeout: 50ms}", "100ms"),
        ("service: api, health: {healthy: 0}", "10"),
        ("service: api, health: {unhealthy: 11}", "10"),
        ("service: api, health: {status: 100}", "200"),
        ("service: api, health: {status: 299-200}", "200"),
        ("service: api, health: {protocol: tcp, path: /a}", "path"),
        ("service: api, health: {protocol: tcp, status: 200}", "status"),
        ("service: api, helth: {}", "helth"),
        ("targets: [{weight: 1}]", "address"),
        ("targets: [{address: 'h:1', weight: 1000}]", "999"),
    ],
)
def test_it_is_refused(extended, body, words):
    mistakes = extended(group(body)).mistakes()
    assert len(mistakes) == 1
    assert words in mistakes[0]["message"]
    assert mistakes[0]["path"].startswith("x-slipway.target_groups.g")


@pytest.mark.parametrize("status", ["200", "'200-299'", "'200,204'", "'200-204,301'"])
def test_statuses(extended, status):
    health = extended(group(f"service: api, health: {{status: {status}}}")).config()
    health = health["x-slipway"]["target_groups"]["g"]["health"]
    assert health["status"] == status.strip("'")

# SPDX-License-Identifier: Apache-2.0

def test_keys_of_both_files_count(merged):
    deploy = merged(
        "deploy: {replicas: 1, labels: [a=1], resources: {limits: {cpus: 1, memory: 1m}}, "
        "placement: {constraints: [a]}, update_config: {delay: 1s}}",
        "deploy: {replicas: 2, labels: {b: 2}, resources: {limits: {memory: 2m}, reservations: {cpus: 0.5}}, "
        "placement: {constraints: [b]}, update_config: {order: start-first}}",
    )["deploy"]
    assert deploy == {
        "replicas": 2,
        "labels": {"a": "1", "b": "2"},
        "update_config": {"delay": "1s", "order": "start-first"},
        "resources": {"limits": {"cpus": 1, "memory": "2097152"}, "reservations": {"cpus": 0.5}},
        "placement": {"constraints": ["a", "b"]},
    }

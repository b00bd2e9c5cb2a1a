# SPDX-License-Identifier: Apache-2.0

def test_all_keys_are_kept(web):
    deploy = web(
        """
        deploy:
          mode: replicated
          replicas: '3'
          endpoint_mode: dnsrr
          update_config: {parallelism: 2, delay: 10s, failure_action: rollback, monitor: 1m, max_failure_ratio: 0.3, order: start-first}
          rollback_config: {parallelism: 0, order: stop-first}
          restart_policy: {condition: on-failure, delay: 5s, max_attempts: 3, window: 120s}
          placement:
            constraints: [node.role == worker]
            preferences: [{spread: node.labels.zone}]
            max_replicas_per_node: 1
          resources:
            limits: {cpus: '0.50', memory: 50M, pids: 100}
            reservations:
              cpus: 0.25
              memory: 20M
              devices: [{capabilities: [gpu], driver: nvidia, count: 1, options: {a: 1}}]
              generic_resources: [{discrete_resource_spec: {kind: SSD, value: 2}}]
        """
    )["deploy"]
    assert deploy["mode"] == "replicated"
    assert deploy["replicas"] == 3
    assert deploy["endpoint_mode"] == "dnsrr"
    assert deploy["update_config"] == {
        "parallelism": 2,
        "delay": "10s",
        "failure_action": "rollback",
        "monitor": "1m0s",
        "max_failure_ratio": 0.3,
        "order": "start-first",
    }
    assert deploy["rollback_config"] == {"parallelism": 0, "order": "stop-first"}
    assert deploy["restart_policy"]["window"] == "2m0s"
    assert deploy["placement"] == {
        "constraints": ["node.role == worker"],
        "preferences": [{"spread": "node.labels.zone"}],
        "max_replicas_per_node": 1,
    }
    assert deploy["resources"]["limits"] == {"cpus": 0.5, "memory": "52428800", "pids": 100}
    reservations = deploy["resources"]["reservations"]
    assert reservations["cpus"] == 0.25
    assert reservations["devices"] == [
        {"capabilities": ["gpu"], "driver": "nvidia", "count": 1, "options": {"a": "1"}}
    ]
    assert reservations["generic_resources"] == [
        {"discrete_resource_spec": {"kind": "SSD", "value": 2}}
    ]


def test_device_without_count_asks_for_all(web):
    deploy = web("deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}")["deploy"]
    assert deploy["resources"]["reservations"]["devices"][0]["count"] == -1

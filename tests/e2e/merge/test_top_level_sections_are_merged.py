# SPDX-License-Identifier: Apache-2.0

def test_resources_are_merged_by_name(project):
    project.compose(
        """
        services: {}
        networks: {n: {driver: bridge, labels: [a=1], ipam: {config: [{subnet: 10.0.0.0/24}]}}}
        volumes: {v: {driver: local, driver_opts: {a: 1}}}
        secrets: {s: {file: /a}}
        configs: {c: {content: a}}
        models: {m: {model: a, context_size: 1}}
        """
    )
    project.compose(
        """
        networks: {n: {internal: true, labels: {b: 2}, ipam: {config: [{subnet: 10.0.0.0/24, gateway: 10.0.0.1}, {subnet: 10.0.1.0/24}]}}, m: {}}
        volumes: {v: {driver_opts: {b: 2}}, w: {}}
        secrets: {s: {file: /b}, t: {environment: T}}
        configs: {c: {content: b}}
        models: {m: {context_size: 2}}
        """,
        "compose.override.yaml",
    )
    config = project.config()
    assert config["networks"]["n"]["labels"] == {"a": "1", "b": "2"}
    assert (config["networks"]["n"]["driver"], config["networks"]["n"]["internal"]) == ("bridge", True)
    assert config["networks"]["n"]["ipam"]["config"] == [
        {"subnet": "10.0.0.0/24", "gateway": "10.0.0.1"},
        {"subnet": "10.0.1.0/24"},
    ]
    assert config["networks"]["m"] == {"name": "shop_m"}
    assert config["volumes"]["v"]["driver_opts"] == {"a": "1", "b": "2"}
    assert sorted(config["volumes"]) == ["v", "w"]
    assert config["secrets"]["s"]["file"] == "/b"
    assert config["configs"]["c"]["content"] == "b"
    assert config["models"]["m"] == {"model": "a", "context_size": 2}

# SPDX-License-Identifier: Apache-2.0
"""Address ranges of a network are known by their subnet."""


def pools(project, base, later):
    project.compose(
        f"""
        services: {{web: {{image: x}}}}
        networks: {{inner: {{ipam: {{config: {base}}}}}}}
        """
    )
    project.compose(f"networks: {{inner: {{ipam: {{config: {later}}}}}}}", "compose.override.yaml")
    return project.config()["networks"]["inner"]["ipam"]["config"]


def test_same_subnet_is_merged_and_others_are_added(project):
    assert pools(
        project,
        "[{subnet: 10.1.0.0/16, gateway: 10.1.0.1, aux_addresses: {a: 10.1.0.5, b: 10.1.0.6}}]",
        "[{subnet: 10.1.0.0/16, gateway: 10.1.0.2, aux_addresses: {b: 10.1.0.7, c: 10.1.0.8}},"
        " {subnet: 10.2.0.0/16}]",
    ) == [
        {
            "subnet": "10.1.0.0/16",
            "gateway": "10.1.0.2",
            "aux_addresses": {"a": "10.1.0.5", "b": "10.1.0.7", "c": "10.1.0.8"},
        },
        {"subnet": "10.2.0.0/16"},
    ]


def test_subnets_that_the_later_file_does_not_name_stay(project):
    assert pools(
        project,
        "[{subnet: 10.1.0.0/16}, {subnet: 10.2.0.0/16}, {subnet: 10.3.0.0/16}]",
        "[{subnet: 10.2.0.0/16, gateway: 10.2.0.9}]",
    ) == [
        {"subnet": "10.1.0.0/16"},
        {"subnet": "10.2.0.0/16", "gateway": "10.2.0.9"},
        {"subnet": "10.3.0.0/16"},
    ]

# SPDX-License-Identifier: Apache-2.0
"""Projects that look odd and are fine, and ones that look fine and are not."""

import pytest

FINE = {
    "external config with a driver of templates":
        "configs: {c: {external: true, template_driver: golang}}",
    "external secret with a file": "secrets: {s: {external: true, file: ./s}}",
    "external network with attributes":
        "networks: {n: {external: true, internal: true, attachable: true}}",
    "external.name that repeats name": "volumes: {v: {name: a, external: {name: a}}}",
    "secret of a driver": "secrets: {s: {driver: vault, driver_opts: {n: 1}}}",
    "volume that is not external, with a driver": "volumes: {v: {external: false, driver: nfs}}",
}

WRONG = {
    "external volume with a driver": "volumes: {v: {external: true, driver: local}}",
    "external volume with labels": "volumes: {v: {external: true, labels: [a=b]}}",
    "external.name that differs from name": "networks: {n: {name: a, external: {name: b}}}",
    "config of two contents": "configs: {c: {file: ./c, content: x}}",
    "secret of nothing": "secrets: {s: {name: s}}",
}

WRONG_SERVICES = {
    "port without target": 'ports: [{published: "80"}]',
    "name that ends in space": 'environment: ["DEBUG = 1"]',
    "both count and ids": "gpus: [{count: 1, device_ids: [a]}]",
    "address that is none": "ports: [{target: 80, host_ip: here}]",
    "service that does not exist, even if not required":
        "depends_on: {gone: {condition: service_started, required: false}}",
    "bind without source": "volumes: [{type: bind, target: /a}]",
    "fraction of a byte": "volumes: [{type: tmpfs, target: /a, tmpfs: {size: 0.5}}]",
    "test without its kind": "healthcheck: {test: [curl, localhost]}",
    "host without a name": "extra_hosts: ['=10.0.0.1']",
}


@pytest.mark.parametrize("section", FINE.values(), ids=FINE.keys())
def test_fine(project, section):
    project.compose("services: {web: {image: x}}\n" + section)
    project.config()


@pytest.mark.parametrize("section", WRONG.values(), ids=WRONG.keys())
def test_wrong(project, section):
    project.compose("services: {web: {image: x}}\n" + section)
    project.refuses()


@pytest.mark.parametrize("keys", WRONG_SERVICES.values(), ids=WRONG_SERVICES.keys())
def test_wrong_service(project, keys):
    project.compose("services: {web: {image: x, %s}}\n" % keys)
    project.refuses()


def test_service_of_a_profile_may_be_missing_where_it_is_not_required(project):
    project.compose(
        """
        services:
          web: {image: x, depends_on: {tool: {condition: service_started, required: false}}}
          tool: {image: y, profiles: [tools]}
        """
    )
    assert list(project.config()["services"]) == ["web"]


def test_two_merge_keys_in_one_map(project):
    project.compose(
        "x-a: &a {image: x}\nx-b: &b {user: me}\nservices:\n  web:\n    <<: *a\n    <<: *b\n"
    )
    assert "<<" in project.refuses()

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "keys, words",
    [
        ("user: u", "image"),
        ("image: x, network_mode: host, networks: [default]", "network_mode"),
        ("image: x, container_name: one, scale: 2", "container"),
        ("image: x, container_name: one, deploy: {replicas: 2}", "container"),
        ("image: x, scale: 2, deploy: {replicas: 3}", "replicas"),
        ("image: x, cpus: 1, deploy: {resources: {limits: {cpus: 2}}}", "cpus"),
        ("image: x, mem_limit: 1m, deploy: {resources: {limits: {memory: 2m}}}", "mem_limit"),
        ("image: x, mem_reservation: 1m, deploy: {resources: {reservations: {memory: 2m}}}", "mem_res"),
        ("image: x, pids_limit: 1, deploy: {resources: {limits: {pids: 2}}}", "pids"),
        ("build: {dockerfile: a, dockerfile_inline: b}", "dockerfile"),
        ("image: x, platform: linux/arm64, build: {context: ., platforms: [linux/amd64]}", "platform"),
        ("image: x, volumes: [{type: bind, target: /a}]", "source"),
        ("image: x, volumes: [{type: volume, source: v}]", "target"),
        ("image: x, develop: {watch: [{action: sync, path: .}]}", "target"),
        ("image: x, gpus: [{count: 1, device_ids: ['0']}]", "count"),
        (
            "image: x, deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: 1, device_ids: ['0']}]}}}",
            "count",
        ),
        ("image: x, deploy: {resources: {reservations: {devices: [{count: 1}]}}}", "capabilities"),
    ],
)
def test_keys_that_exclude_each_other(project, keys, words):
    project.compose(f"services: {{web: {{{keys}}}}}\nvolumes: {{v: {{}}}}\n")
    assert any(words in mistake["message"] for mistake in project.mistakes())


def test_equal_limits_are_fine(project):
    project.compose("services: {web: {image: x, cpus: 1, deploy: {resources: {limits: {cpus: 1.0}}}}}")
    project.config()


def test_container_names_are_unique(project):
    project.compose("services: {a: {image: x, container_name: one}, b: {image: x, container_name: one}}")
    message = project.mistake()["message"]
    assert '"one"' in message and '"a"' in message


@pytest.mark.parametrize(
    "section, keys",
    [
        ("secrets", "{file: a, environment: B}"),
        ("configs", "{file: a, content: b}"),
        ("configs", "{content: a, environment: B}"),
        ("secrets", "{}"),
    ],
)
def test_resources_of_two_origins_or_none(project, section, keys):
    project.compose(f"services: {{}}\n{section}: {{r: {keys}}}\n")
    assert project.mistake()["path"] == f"{section}.r"

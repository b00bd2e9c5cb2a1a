# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "text, path, key, meant",
    [
        ("servces: {}", "", "servces", "services"),
        ("services: {web: {imag: x}}", "services.web", "imag", "image"),
        ("services: {web: {image: x, enviroment: {}}}", "services.web", "enviroment", "environment"),
        ("services: {web: {image: x, depend_on: []}}", "services.web", "depend_on", "depends_on"),
        ("services: {web: {image: x, volume: []}}", "services.web", "volume", "volumes"),
        ("services: {web: {build: {contxt: .}}}", "services.web.build", "contxt", "context"),
        (
            "services: {web: {image: x, deploy: {replica: 1}}}",
            "services.web.deploy",
            "replica",
            "replicas",
        ),
        (
            "services: {web: {image: x, healthcheck: {test: a, intervall: 1s}}}",
            "services.web.healthcheck",
            "intervall",
            "interval",
        ),
        (
            "services: {web: {image: x, ports: [{target: 1, publish: 2}]}}",
            "services.web.ports[0]",
            "publish",
            "published",
        ),
        (
            "services: {web: {image: x, volumes: [{type: bind, source: /a, target: /a, readonly: true}]}}",
            "services.web.volumes[0]",
            "readonly",
            "read_only",
        ),
        ("services: {}\nnetworks: {n: {drivr: x}}", "networks.n", "drivr", "driver"),
        ("services: {}\nvolumes: {v: {exernal: true}}", "volumes.v", "exernal", "external"),
        ("services: {}\nsecrets: {s: {environment: A, fle: a}}", "secrets.s", "fle", "file"),
        ("services: {}\nconfigs: {c: {file: /a, contents: a}}", "configs.c", "contents", "content"),
    ],
)
def test_key_is_reported_with_the_one_that_was_meant(project, text, path, key, meant):
    project.compose(text + "\n")
    mistake = project.mistake()
    assert mistake.get("path", "") == path
    assert f'"{key}"' in mistake["message"]
    assert mistake["hint"] == f'did you mean "{meant}"?'


def test_nothing_is_suggested_where_nothing_is_near(project):
    project.compose("services: {web: {image: x, frobnicate: 1}}")
    assert "did you mean" not in project.mistake().get("hint", "")


def test_service_at_the_top_gets_a_hint(project):
    project.compose("services: {}\nweb: {image: x}\n")
    assert "services:" in project.mistake()["hint"]

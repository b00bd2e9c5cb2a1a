# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "keys, path",
    [
        ("image: [x]", "image"),
        ("image: {a: b}", "image"),
        ("image: x, ports: 80", "ports"),
        ("image: x, ports: {80: 80}", None),
        ("image: x, environment: text", "environment"),
        ("image: x, environment: [{A: 1}]", "environment[0]"),
        ("image: x, environment: {A: [1]}", "environment.A"),
        ("image: x, command: {a: b}", "command"),
        ("image: x, volumes: data", "volumes"),
        ("image: x, networks: one", "networks"),
        ("image: x, depends_on: db", "depends_on"),
        ("image: x, deploy: []", "deploy"),
        ("image: x, deploy: {replicas: [1]}", "deploy.replicas"),
        ("image: x, healthcheck: text", "healthcheck"),
        ("image: x, healthcheck: {retries: a}", "healthcheck.retries"),
        ("image: x, labels: 5", "labels"),
        ("image: x, ulimits: [1]", "ulimits"),
        ("image: x, privileged: [true]", "privileged"),
        ("image: x, logging: none", "logging"),
        ("image: x, cap_add: ALL", "cap_add"),
        ("image: x, expose: 80", "expose"),
        ("build: [.]", "build"),
        ("build: {args: text}", "build.args"),
        ("image: x, secrets: [[a]]", "secrets[0]"),
        ("image: x, tmpfs: {a: b}", "tmpfs"),
        ("image: x, extra_hosts: text", "extra_hosts"),
        ("image: x, profiles: one", "profiles"),
        ("image: x, gpus: some", "gpus"),
        ("image: x, use_api_socket: 'yes'", "use_api_socket"),
        ("text", None),
        ("image: x, post_start: [{user: u}]", "post_start[0]"),
        ("image: x, develop: {watch: [{path: .}]}", "develop.watch[0]"),
        ("image: x, sysctls: text", "sysctls"),
    ],
)
def test_type_is_refused_at_its_place(project, keys, path):
    project.compose(f"services: {{web: {{{keys}}}}}")
    mistakes = project.mistakes()
    if path is not None:
        assert mistakes[0]["path"] == f"services.web.{path}"


@pytest.mark.parametrize(
    "text",
    [
        "services: []",
        "services: text",
        "services: {web: []}",
        "services: {web: text}",
        "services: {web: }",
        "services: {}\nvolumes: []",
        "services: {}\nnetworks: {n: []}",
        "services: {}\nsecrets: {s: text}",
        "name: [a]",
        "include: text",
    ],
)
def test_sections_of_the_wrong_type(project, text):
    project.compose(text + "\n")
    project.mistakes()

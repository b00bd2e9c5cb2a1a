# SPDX-License-Identifier: Apache-2.0
"""Where a list names the same thing twice, the last entry counts, over files as within one."""

import pytest

PLACES = [
    ("environment: {}", ["environment"]),
    ("labels: {}", ["labels"]),
    ("annotations: {}", ["annotations"]),
    ("sysctls: {}", ["sysctls"]),
    ("deploy: {{labels: {}}}", ["deploy", "labels"]),
    ("build: {{context: ., args: {}}}", ["build", "args"]),
    ("build: {{context: ., labels: {}}}", ["build", "labels"]),
]


def found(service, path):
    for key in path:
        service = service[key]
    return service


@pytest.mark.parametrize("form, path", PLACES)
def test_repeated_entry_of_the_later_file_has_the_last_word(project, form, path):
    project.compose("services: {web: {image: x, %s}}" % form.format("[level=calm]"))
    project.compose(
        "services: {web: {%s}}" % form.format("[level=wild, level=calm]"), "compose.override.yaml"
    )
    assert found(project.service(), path) == {"level": "calm"}


@pytest.mark.parametrize("form, path", PLACES)
def test_later_file_replaces_all_that_the_earlier_one_repeats(project, form, path):
    project.compose("services: {web: {image: x, %s}}" % form.format("[level=wild, level=calm]"))
    project.compose("services: {web: {%s}}" % form.format("[level=wild]"), "compose.override.yaml")
    assert found(project.service(), path) == {"level": "wild"}


def test_mount_at_the_same_target(project):
    project.compose(
        """
        services: {web: {image: x, volumes: ["./a:/data", "cache:/cache", "./b:/data/"]}}
        volumes: {cache: {}}
        """
    )
    volumes = project.service()["volumes"]
    assert [(v["source"], v["target"]) for v in volumes] == [
        (project.path("b"), "/data"),
        ("cache", "/cache"),
    ]


def test_ranges_and_long_forms_are_told_apart_by_what_they_mean(project):
    project.compose('services: {web: {image: x, ports: ["7000-7001:80-81", "9000:90/udp"]}}')
    project.compose(
        """
        services:
          web:
            ports:
              - {target: 81, published: "7001", mode: host}
              - "9000:90"
        """,
        "compose.override.yaml",
    )
    ports = project.service()["ports"]
    assert [(p["target"], p["published"], p["protocol"], p["mode"]) for p in ports] == [
        (80, "7000", "tcp", "ingress"),
        (81, "7001", "tcp", "host"),
        (90, "9000", "udp", "ingress"),
        (90, "9000", "tcp", "ingress"),
    ]


def test_security_options_share_no_name(project):
    project.compose('services: {web: {image: x, security_opt: ["label=user:a"]}}')
    project.compose('services: {web: {security_opt: ["label=role:b"]}}', "compose.override.yaml")
    assert project.service()["security_opt"] == ["label=user:a", "label=role:b"]

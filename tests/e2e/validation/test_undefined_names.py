# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "keys, kind, key",
    [
        ("depends_on: [one]", "service", "depends_on"),
        ("links: [one]", "service", "links"),
        ("links: ['one:alias']", "service", "links"),
        ("volumes_from: [one]", "service", "volumes_from"),
        ("network_mode: service:one", "service", "network_mode"),
        ("ipc: service:one", "service", "ipc"),
        ("networks: [one]", "network", "networks"),
        ("volumes: ['one:/a']", "volume", "volumes"),
        ("secrets: [one]", "secret", "secrets"),
        ("configs: [one]", "config", "configs"),
        ("models: [one]", "model", "models"),
        ("build: {context: ., secrets: [one]}", "secret", None),
    ],
)
def test_name_that_nothing_defines(project, keys, kind, key):
    project.compose(f"services: {{web: {{image: x, {keys}}}}}")
    mistake = project.mistake()
    assert f'{kind} "one" is not defined' == mistake["message"]
    if key:
        assert mistake["path"] == f"services.web.{key}"


def test_near_name_is_suggested(project):
    project.compose(
        """
        services:
          web: {image: x, depends_on: [databse], networks: [frontt], volumes: ['dta:/d']}
          database: {image: d}
        networks: {front: {}}
        volumes: {data: {}}
        """
    )
    hints = {mistake["hint"] for mistake in project.mistakes()}
    assert hints == {'did you mean "database"?', 'did you mean "front"?', 'did you mean "data"?'}


def test_no_consistency_leaves_it(project):
    project.compose("services: {web: {image: x, networks: [one]}}")
    assert project.service("web", "--no-consistency")["networks"] == {"one": None}

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "option, names",
    [
        ("--volumes", ["data", "logs"]),
        ("--networks", ["back", "front"]),
        ("--models", ["large", "small"]),
    ],
)
def test_names_are_listed_in_order(project, option, names):
    project.compose(
        """
        services: {web: {image: x, volumes: ['data:/d', '/srv:/s'], networks: [front, back], models: [small]}}
        volumes: {logs: , data: }
        networks: {front: , back: }
        models: {small: {model: s}, large: {model: l}}
        """
    )
    assert project.passes("config", option).lines == names
    assert project.passes("config", option, "--format", "json").json == names

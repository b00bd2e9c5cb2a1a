# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("key", ["labels", "annotations"])
def test_list_and_map_give_the_same(web, key):
    expected = {"a.b": "1", "c": "", "d": "x=y"}
    assert web(f"{key}: [a.b=1, c, d=x=y]")[key] == expected
    assert web(f"{key}: {{a.b: 1, c: , d: x=y}}")[key] == expected


def test_labels_of_deploy_and_resources(project):
    project.compose(
        """
        services: {web: {image: x, deploy: {labels: [a=1]}, networks: [n], volumes: ['v:/v']}}
        networks: {n: {labels: [b=2]}}
        volumes: {v: {labels: {c: 3}}}
        """
    )
    config = project.config()
    assert config["services"]["web"]["deploy"]["labels"] == {"a": "1"}
    assert config["networks"]["n"]["labels"] == {"b": "2"}
    assert config["volumes"]["v"]["labels"] == {"c": "3"}

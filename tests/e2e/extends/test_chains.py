# SPDX-License-Identifier: Apache-2.0

def test_far_end_is_merged_first(project):
    project.compose(
        """
        services:
          c: {extends: b, environment: {C: c}}
          a: {image: a, environment: {A: a, B: a, C: a}}
          b: {extends: a, environment: {B: b, C: b}}
        """
    )
    assert project.service("c")["environment"] == {"A": "a", "B": "b", "C": "c"}
    assert project.service("c")["image"] == "a"


def test_two_services_of_one_base_do_not_mix(project):
    project.compose(
        """
        services:
          base: {image: x, labels: {of: base}}
          a: {extends: base, labels: {a: 1}}
          b: {extends: base, labels: {b: 2}}
        """
    )
    services = project.config()["services"]
    assert services["a"]["labels"] == {"a": "1", "of": "base"}
    assert services["b"]["labels"] == {"b": "2", "of": "base"}
    assert services["base"]["labels"] == {"of": "base"}

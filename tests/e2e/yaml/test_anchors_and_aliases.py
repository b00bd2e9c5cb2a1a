# SPDX-License-Identifier: Apache-2.0

def test_alias_repeats_the_value(project):
    project.compose(
        """
        x-env: &env {A: 1}
        services:
          a: {image: &image nginx, environment: *env}
          b: {image: *image, environment: *env}
        """
    )
    services = project.config()["services"]
    assert services["a"]["environment"] == services["b"]["environment"] == {"A": "1"}
    assert services["b"]["image"] == "nginx"


def test_later_anchor_of_a_name_wins(project):
    project.compose(
        """
        x-1: &a one
        services:
          first: {image: *a}
          second: {image: &a two}
          third: {image: *a}
        """
    )
    services = project.config()["services"]
    assert [services[name]["image"] for name in ("first", "second", "third")] == ["one", "two", "two"]


def test_changing_one_copy_leaves_the_other(project):
    project.compose("x-l: &l {A: 1}\nservices: {a: {image: a, labels: *l}, b: {image: b, labels: *l}}\n")
    project.compose("services: {a: {labels: {B: 2}}}", "compose.override.yaml")
    services = project.config()["services"]
    assert services["a"]["labels"] == {"A": "1", "B": "2"}
    assert services["b"]["labels"] == {"A": "1"}


def test_unknown_alias_is_refused(project):
    project.compose("services: {web: {image: *nope}}")
    assert "nope" in project.mistake()["message"]

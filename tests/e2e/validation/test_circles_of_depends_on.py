# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "services",
    [
        "{a: {image: x, depends_on: [a]}}",
        "{a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [a]}}",
        "{a: {image: x, depends_on: [b]}, b: {image: x, links: [c]}, c: {image: x, ipc: 'service:a'}}",
        "{a: {image: x, depends_on: [b]}, b: {image: x, network_mode: 'service:a'}}",
        "{a: {image: x, volumes_from: [b]}, b: {image: x, depends_on: {a: {condition: service_healthy}}}}",
    ],
)
def test_circle_is_refused(project, services):
    project.compose(f"services: {services}")
    assert "circle" in project.mistake()["message"]


def test_way_round_is_named(project):
    project.compose(
        "services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [c]}, c: {image: x, depends_on: [a]}}"
    )
    assert "a -> b -> c -> a" in project.mistake()["message"]


def test_two_circles_are_two_errors(project):
    project.compose(
        """
        services:
          a: {image: x, depends_on: [b]}
          b: {image: x, depends_on: [a]}
          c: {image: x, depends_on: [d]}
          d: {image: x, depends_on: [c]}
        """
    )
    assert len(project.mistakes()) == 2


def test_diamond_is_no_circle(project):
    project.compose(
        """
        services:
          a: {image: x, depends_on: [b, c]}
          b: {image: x, depends_on: [d]}
          c: {image: x, depends_on: [d]}
          d: {image: x}
        """
    )
    project.config()

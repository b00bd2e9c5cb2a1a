# SPDX-License-Identifier: Apache-2.0

import pytest


def test_service_needs_no_image(project):
    project.compose(
        "services: {web: {command: ./web --port 1, x-slipway: {runtime: process, listen: activated, artifact: ./web}}}"
    )
    web = project.service()
    assert web["command"] == ["./web", "--port", "1"]
    assert web["x-slipway"] == {
        "runtime": "process",
        "listen": "activated",
        "artifact": project.path("web"),
    }


@pytest.mark.parametrize(
    "keys, words",
    [
        ("x-slipway: {runtime: process}", "command"),
        ("image: x, x-slipway: {runtime: podman}", "docker"),
        ("image: x, x-slipway: {listen: port}", "process"),
        ("image: x, x-slipway: {artifact: ./a}", "process"),
        ("image: x, x-slipway: {runtme: process}", "runtme"),
        ("image: x, x-slipway: text", "map"),
    ],
)
def test_mistakes_of_the_service(project, keys, words):
    project.compose(f"services: {{web: {{{keys}}}}}")
    assert words in project.mistake()["message"]

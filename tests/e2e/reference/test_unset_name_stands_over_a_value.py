# SPDX-License-Identifier: Apache-2.0
"""A name without a value in a later file takes the value of an earlier one away."""

import pytest


def over(project, base, later, **options):
    project.compose(f"services: {{web: {{build: ., {base}}}}}")
    project.compose(f"services: {{web: {{{later}}}}}", "compose.override.yaml")
    return project.service(**options)


@pytest.mark.parametrize("base", ["{MODE: fast}", "[MODE=fast]"])
@pytest.mark.parametrize("later", ["{MODE: }", "[MODE]"])
def test_environment_is_passed_through_then(project, base, later):
    web = over(project, f"environment: {base}", f"environment: {later}")
    assert web["environment"] == {"MODE": None}
    web = project.service(env={"MODE": "from-outside"})
    assert web["environment"] == {"MODE": "from-outside"}


@pytest.mark.parametrize("later", ["{MODE: }", "[MODE]"])
def test_build_argument(project, later):
    project.compose("services: {web: {build: {context: ., args: {MODE: fast, KEEP: 1}}}}")
    project.compose(f"services: {{web: {{build: {{args: {later}}}}}}}", "compose.override.yaml")
    assert project.service()["build"]["args"] == {"KEEP": "1", "MODE": None}


@pytest.mark.parametrize("key", ["labels", "annotations", "sysctls"])
def test_text_that_cannot_be_passed_through_becomes_empty(project, key):
    web = over(project, f"{key}: {{a: b, c: d}}", f"{key}: {{a: }}")
    assert web[key] == {"a": "", "c": "d"}


def test_service_over_what_it_extends(project):
    project.compose(
        """
        services:
          base: {image: x, environment: {MODE: fast, KEEP: 1}}
          web: {extends: base, environment: {MODE: }}
        """
    )
    assert project.service()["environment"] == {"KEEP": "1", "MODE": None}

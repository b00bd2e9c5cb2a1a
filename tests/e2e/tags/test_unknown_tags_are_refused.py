# SPDX-License-Identifier: Apache-2.0
"""A slip in !reset or !override is no silent no."""

import pytest


@pytest.mark.parametrize("tag, meant", [("!overide", "!override"), ("!rset", "!reset")])
def test_slip_is_refused_with_what_was_meant(project, tag, meant):
    project.compose(f"services: {{a: {{image: x, ports: {tag} [80]}}}}")
    refused = project.run("config")
    assert refused.status == 1
    assert f"did you mean {meant}?" in refused.errors


def test_tag_of_another_world_is_refused(project):
    project.compose("services: {a: {image: !vault x}}")
    assert project.run("config").status == 1

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "written, printed",
    [
        ("$$", "$$"),
        ("$$X", "$$X"),
        ("$${X}", "$${X}"),
        ("$$$$", "$$$$"),
        ("$$$X", "$$v"),
        ("a$$b", "a$$b"),
        ("cost: 5$", "cost: 5$$"),
        ("$1", "$$1"),
    ],
)
def test_output_is_escaped_so_that_it_reads_back(project, written, printed):
    project.compose({"services": {"web": {"image": "x", "environment": {"V": written}}}})
    environment = {"X": "v"}
    assert project.service(env=environment)["environment"]["V"] == printed
    shown = project.passes("config", env=environment).yaml
    assert shown["services"]["web"]["environment"]["V"] == printed

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("key", ["1", "true", "null", "1.5", "[a]", "{a: b}"])
def test_other_key_is_refused(project, key):
    project.compose(f"services: {{web: {{image: x, labels: {{? {key} : v}}}}}}")
    project.mistake()


def test_quoted_number_is_fine(project):
    project.compose("services: {web: {image: x, labels: {'1': v}}}")
    assert project.service()["labels"] == {"1": "v"}

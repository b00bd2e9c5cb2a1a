# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("written, value", [("true", True), ("'true'", True), ("'false'", False)])
def test_text_for_a_boolean(project, written, value):
    project.compose(f"services: {{web: {{image: x, read_only: {written}}}}}")
    assert project.service()["read_only"] is value


@pytest.mark.parametrize("written, value", [("yes", True), ("on", True), ("no", False), ("off", False)])
def test_older_words_work_with_a_warning(project, written, value):
    project.compose(f"services: {{web: {{image: x, read_only: {written}}}}}")
    assert project.service()["read_only"] is value
    assert written in project.warnings()[0]["message"]


@pytest.mark.parametrize("written", ["maybe", "'1x'", "2", "[]"])
def test_nonsense_is_refused(project, written):
    project.compose(f"services: {{web: {{image: x, read_only: {written}}}}}")
    assert project.mistake()["path"] == "services.web.read_only"

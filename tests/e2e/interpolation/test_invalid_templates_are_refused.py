# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("template", ["${", "${}", "${1X}", "${X", "${X:}", "${X!y}", "${ X}", "a${X:-b"])
def test_template_is_refused_with_its_place(project, template):
    project.compose({"services": {"web": {"image": "x", "hostname": template}}})
    mistake = project.mistake()
    assert mistake["path"] == "services.web.hostname"
    assert mistake["line"] == 4
    assert "$$" in mistake["message"] + mistake.get("hint", "")


def test_all_bad_templates_are_reported(project):
    project.compose({"services": {"web": {"image": "${", "hostname": "${}", "user": "${X"}}})
    assert len(project.mistakes()) == 3

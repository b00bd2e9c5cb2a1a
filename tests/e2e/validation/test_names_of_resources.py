# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("section", ["services", "networks", "volumes", "secrets", "configs", "models"])
@pytest.mark.parametrize("name", ["a b", "a/b", "ü", "a:b", "''"])
def test_other_characters_are_refused(project, section, name):
    project.compose(f"{section}: {{? {name!r} : {{image: x, model: x, file: a}}}}\n".replace("\"''\"", "''"))
    project.mistakes()


@pytest.mark.parametrize("name", ["a", "A-b_c.9", "0"])
def test_usual_names_are_fine(project, name):
    project.compose(f"services: {{'{name}': {{image: x}}}}")
    assert name in project.config()["services"]

# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_second_output_is_the_first(loaded, form):
    once = loaded.output(form).output
    again = loaded.project.passes(
        "-f", "-", "--profile", "*", "--env-file", "/dev/null", "config", "--format", form, stdin=once
    )
    assert again.output == once


def test_names_of_files_do_not_matter(loaded):
    once = loaded.output("yaml").output
    elsewhere = loaded.folder.parent / f"{loaded.folder.name}-again"
    elsewhere.mkdir()
    (elsewhere / "other.yaml").write_text(once, encoding="utf-8")
    again = loaded.project.passes(
        "-f", "other.yaml", "--profile", "*", "config", cwd=elsewhere
    )
    assert again.output == once

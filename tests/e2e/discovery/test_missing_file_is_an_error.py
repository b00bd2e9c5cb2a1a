# SPDX-License-Identifier: Apache-2.0

def test_file_of_the_option_must_exist(project):
    errors = project.refuses(before=["-f", "gone.yaml"])
    assert "gone.yaml" in errors and "No such file" in errors


def test_all_missing_files_are_reported(project):
    project.compose("services: {web: {image: x}}")
    errors = project.refuses(before=["-f", "a.yaml", "-f", "compose.yaml", "-f", "b.yaml"])
    assert "a.yaml" in errors and "b.yaml" in errors

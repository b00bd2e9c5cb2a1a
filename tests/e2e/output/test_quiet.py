# SPDX-License-Identifier: Apache-2.0

def test_nothing_is_printed(project):
    project.compose("services: {web: {image: x}}")
    for option in ("-q", "--quiet"):
        result = project.passes("config", option)
        assert (result.output, result.errors) == ("", "")


def test_errors_are_printed_all_the_same(project):
    project.compose("services: {web: {imagee: x}}")
    assert "imagee" in project.refuses("-q")


def test_warnings_too(project):
    project.compose("version: '3'\nservices: {web: {image: x}}\n")
    assert "obsolete" in project.passes("config", "-q").errors

# SPDX-License-Identifier: Apache-2.0

def test_status_is_zero_and_output_is_clean(project):
    project.compose("version: '3'\nservices: {web: {image: x, command: 'a && b'}}\n")
    result = project.passes("config", "--format", "json")
    assert "warning" in result.errors
    assert result.json["services"]["web"]["command"] == ["a"]

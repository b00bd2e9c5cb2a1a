# SPDX-License-Identifier: Apache-2.0

def test_one_warning_for_each_name(project):
    project.compose("services: {web: {image: 'x$A', hostname: '$A', domainname: '$B', user: '${C:-}'}}")
    messages = [warning["message"] for warning in project.warnings()]
    assert len(messages) == 2
    assert '"A"' in messages[0] and '"B"' in messages[1]


def test_project_loads_all_the_same(project):
    project.compose("services: {web: {image: 'x$A'}}")
    result = project.passes("config")
    assert "compose.yaml:1:" in result.errors and "warning" in result.errors
    assert result.yaml["services"]["web"]["image"] == "x"

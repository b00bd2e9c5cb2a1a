# SPDX-License-Identifier: Apache-2.0

def test_options_become_lists(project):
    project.compose(
        "services: {db: {provider: {type: cloud, options: {size: 10, fast: true, tags: [a, b]}}}}"
    )
    assert project.service("db")["provider"] == {
        "type": "cloud",
        "options": {"fast": ["true"], "size": ["10"], "tags": ["a", "b"]},
    }


def test_provider_joins_no_network(project):
    project.compose("services: {db: {provider: {type: cloud}}}")
    assert "networks" not in project.service("db")

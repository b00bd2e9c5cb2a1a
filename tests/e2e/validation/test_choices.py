# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "keys, word",
    [
        ("cgroup: public", "private"),
        ("pull_policy: sometimes", "always"),
        ("depends_on: {web: {condition: ready}}", "service_healthy"),
        ("deploy: {update_config: {order: any}}", "start-first"),
        ("volumes: [{type: disk, target: /a}]", "bind"),
        ("develop: {watch: [{path: ., action: copy}]}", "rebuild"),
    ],
)
def test_unknown_word_names_the_known_ones(project, keys, word):
    project.compose(f"services: {{web: {{image: x, {keys}}}}}")
    assert any(word in mistake["message"] for mistake in project.mistakes())


@pytest.mark.parametrize("policy", ["always", "never", "build", "missing", "daily", "weekly", "every_12h"])
def test_known_pull_policies(project, policy):
    project.compose(f"services: {{web: {{image: x, pull_policy: {policy}}}}}")
    assert project.service()["pull_policy"] == policy

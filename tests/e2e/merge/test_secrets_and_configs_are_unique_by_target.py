# SPDX-License-Identifier: Apache-2.0

TOP = "secrets: {a: {file: a}, b: {file: b}}\nconfigs: {a: {file: a}, b: {file: b}}"


def test_same_secret_stands_once(merged):
    assert len(merged("secrets: [a]", "secrets: [a, b]", TOP)["secrets"]) == 2


def test_long_form_replaces_the_one_at_its_target(merged):
    secrets = merged("secrets: [a]", "secrets: [{source: b, target: /run/secrets/a}]", TOP)["secrets"]
    assert [(secret["source"], secret["target"]) for secret in secrets] == [("b", "/run/secrets/a")]


def test_configs(merged):
    configs = merged(
        "configs: [a, {source: b, target: /etc/b}]", "configs: [{source: a, target: /etc/b}]", TOP
    )["configs"]
    assert configs == [{"source": "a"}, {"source": "a", "target": "/etc/b"}]

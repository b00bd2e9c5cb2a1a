# SPDX-License-Identifier: Apache-2.0

TOP = "networks: {a: {}, b: {}}"


def test_list_and_map(merged):
    networks = merged("networks: [a]", "networks: {b: {aliases: [x]}}", TOP)["networks"]
    assert networks == {"a": None, "b": {"aliases": ["x"]}}


def test_aliases_are_appended(merged):
    networks = merged(
        "networks: {a: {aliases: [x], priority: 1}}", "networks: {a: {aliases: [y], priority: 2}}", TOP
    )["networks"]
    assert networks["a"] == {"priority": 2, "aliases": ["x", "y"]}


def test_keys_survive_a_list(merged):
    assert merged("networks: {a: {aliases: [x]}}", "networks: [a]", TOP)["networks"] == {
        "a": {"aliases": ["x"]}
    }

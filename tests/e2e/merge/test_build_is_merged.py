# SPDX-License-Identifier: Apache-2.0

def test_keys_of_both_files_count(merged, project):
    build = merged(
        "build: {context: ./a, target: dev, args: {A: 1, B: 1}, tags: [x]}",
        "build: {target: prod, args: [B=2], tags: [y], cache_from: [c]}",
    )["build"]
    assert build["context"] == project.path("a")
    assert build["target"] == "prod"
    assert build["args"] == {"A": "1", "B": "2"}
    assert build["tags"] == ["x", "y"]
    assert build["cache_from"] == ["c"]


def test_string_is_a_context(merged, project):
    build = merged("build: ./a", "build: {target: prod}")["build"]
    assert (build["context"], build["target"]) == (project.path("a"), "prod")
    build = merged("build: {target: prod}", "build: ./b")["build"]
    assert (build["context"], build["target"]) == (project.path("b"), "prod")


def test_maps_of_build(merged):
    build = merged(
        "build: {labels: [a=1], additional_contexts: [x=/x], extra_hosts: [h=1.1.1.1]}",
        "build: {labels: {b: 2}, additional_contexts: {y: /y}, extra_hosts: [i=2.2.2.2]}",
    )["build"]
    assert build["labels"] == {"a": "1", "b": "2"}
    assert build["additional_contexts"] == {"x": "/x", "y": "/y"}
    assert build["extra_hosts"] == ["h=1.1.1.1", "i=2.2.2.2"]

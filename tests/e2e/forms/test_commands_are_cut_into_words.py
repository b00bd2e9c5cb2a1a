# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("key", ["command", "entrypoint"])
@pytest.mark.parametrize(
    "text, words",
    [
        ("echo hello world", ["echo", "hello", "world"]),
        ("echo 'one word' two", ["echo", "one word", "two"]),
        ('echo "one word" two', ["echo", "one word", "two"]),
        ("echo one\\ word", ["echo", "one word"]),
        ("  spaced   out  ", ["spaced", "out"]),
        ("a''b", ["ab"]),
    ],
)
def test_string_is_cut(project, key, text, words):
    project.compose({"services": {"web": {"image": "x", key: text}}})
    assert project.service()[key] == words


@pytest.mark.parametrize("key", ["command", "entrypoint"])
def test_list_stays(web, key):
    assert web(f"{key}: [sh, -c, 'a  b']")[key] == ["sh", "-c", "a  b"]


@pytest.mark.parametrize("key", ["command", "entrypoint"])
def test_empty_list_stays(web, key):
    assert web(f"{key}: []")[key] == []


@pytest.mark.parametrize("key", ["command", "entrypoint"])
def test_open_quote_is_an_error(project, key):
    project.compose({"services": {"web": {"image": "x", key: "echo 'open"}}})
    assert project.mistake()["path"] == f"services.web.{key}"

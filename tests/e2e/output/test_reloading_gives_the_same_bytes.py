# SPDX-License-Identifier: Apache-2.0

import json

import pytest

TEXTS = [
    "plain",
    "",
    " lead",
    "trail ",
    "two\nlines",
    "two\nlines\n",
    "\n",
    "\n\nlate",
    "  indented\nfirst",
    "tab\there",
    "cr\rhere",
    "crlf\r\nhere",
    "$X ${Y} $$",
    "'single' \"double\"",
    "back\\slash",
    "ünï ☃ 😀",
    "\u2028sep\u0085nel",
    "\ufeffbom",
    "\x7fdel\x1bescape\x01",
    "# no comment",
    "a # no comment",
    "a: b",
    "- a",
    "? a",
    "| a",
    "> a",
    "%a",
    "@a",
    "`a",
    "*a",
    "&a",
    "!a",
    "[a",
    "{a",
    "a,b",
    "---",
    "...",
    "--- a",
    "=",
    "<<",
    "~",
    "null",
    "true",
    "yes",
    "0x1F",
    "017",
    "1_000",
    ".5",
    "1e3",
    ".inf",
    ".nan",
    "22:22",
    "2024-01-01",
    "x" * 5000,
    "word " * 500,
    "a\n\n\n  b\n \nc\n\n",
    "#\n#\n",
    "\t\n",
    " \n",
    "a\n ",
    "a \nb",
]
# YAML allows no more where a key stands on one line with its value.
KEYS = [text for text in TEXTS if 0 < len(text) < 1024 and "$" not in text]


def project_of(project):
    web = {
        "image": "x",
        "environment": {f"V{i}": text for i, text in enumerate(TEXTS)},
        "command": TEXTS,
        "labels": {text: "v" for text in KEYS},
    }
    notes = [{"t": text, "u": [text, [text]]} for text in TEXTS] + [{text: text} for text in KEYS]
    # YAML does not know the pairs that JSON writes characters beyond the first plane with.
    text = json.dumps({"services": {"web": web}, "x-texts": notes})
    project.compose(text.replace("\\ud83d\\ude00", "😀"))


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_any_text_reads_back(project, form):
    project_of(project)
    once = project.passes("config", "--format", form).output
    project.compose(once, "again.yaml")
    again = project.passes("-f", "again.yaml", "config", "--format", form)
    assert again.output == once
    assert again.errors == ""


def test_text_arrives_unchanged(project):
    project_of(project)
    expected = {f"V{i}": text for i, text in enumerate(TEXTS)}
    for variables in (project.service()["environment"], environment_of_yaml(project)):
        for name, text in expected.items():
            # What is interpolated on the way in is doubled on the way out.
            assert variables[name] == interpolated(text)


def environment_of_yaml(project):
    return project.passes("config").yaml["services"]["web"]["environment"]


def interpolated(text):
    return text.replace("$X ${Y} $$", "  $$")


def test_long_keys_read_back(project):
    for length in (127, 128, 129, 1023, 1024, 1025, 5000):
        one, two = "k" * length, "l" * length
        project.compose(f"services: {{}}\nx-a:\n  ? {one}\n  : inner: 1\n  ? {two}\n  : [1, {{a: 2}}]\n")
        once = project.passes("config").output
        project.compose(once, "again.yaml")
        assert project.passes("-f", "again.yaml", "config").output == once


def test_dollar_in_a_key_reads_back(project):
    project.compose("services: {web: {image: x, labels: {'$X': a}}}\nx-a: {'${B}': c}\n")
    once = project.passes("config").output
    project.compose(once, "again.yaml")
    assert project.passes("-f", "again.yaml", "config").output == once

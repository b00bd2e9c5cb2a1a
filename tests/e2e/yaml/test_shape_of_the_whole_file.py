# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "null\n"])
def test_empty_file_is_refused(project, text):
    project.compose(text)
    assert "empty" in project.mistake()["message"]


@pytest.mark.parametrize("text", ["[]", "- a\n", "text", "5"])
def test_anything_but_a_map_is_refused(project, text):
    project.compose(text)
    assert "map" in project.mistake()["message"]


def test_byte_order_mark_is_skipped(project):
    project.compose(b"\xef\xbb\xbfservices: {web: {image: x}}\n")
    assert project.service()["image"] == "x"


def test_windows_line_ends(project):
    project.compose(b"services:\r\n  web:\r\n    image: x\r\n")
    assert project.service()["image"] == "x"


def test_file_without_services(project):
    project.compose("volumes: {data: {}}\n")
    assert project.config()["volumes"] == {"data": {"name": "shop_data"}}

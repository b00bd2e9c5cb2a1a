# SPDX-License-Identifier: Apache-2.0
"""What the client asks for is put into a location, and cannot become more than a path there."""

import pytest


@pytest.mark.parametrize("target", ["//evil.example.com", "//evil.example.com/%2e%2e", "///evil.example.com"])
def test_path_that_begins_with_slashes(edge, target):
    edge.up({"web": {"default": {"redirect": {"location": "/#{path}", "status": 301}}}})
    location = edge.get(target).header("location")
    assert location.startswith("/") and not location.startswith("//")


def test_host_is_one(edge):
    edge.up({"web": {"default": {"redirect": {"location": "https://#{host}/#{path}?#{query}"}}}})
    assert edge.get("/a?b", "example.com:8080").header("location") == "https://example.com/a?b"
    assert edge.get("/a", "example.com").header("location") == "https://example.com/a"
    assert edge.get("/%0d%0aX:y", "example.com").header("location") == "https://example.com/%0d%0aX:y"

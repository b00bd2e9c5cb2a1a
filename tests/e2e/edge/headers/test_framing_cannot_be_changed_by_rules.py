# SPDX-License-Identifier: Apache-2.0
"""Length, encoding and connection are the edge's own: no rule may write them."""

import pytest


NAMES = ["Content-Length", "Transfer-Encoding", "connection", "Upgrade", "TE", "Trailer", "Keep-Alive"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("direction", ["request_headers", "response_headers"])
@pytest.mark.parametrize("change", ["set", "add"])
def test_framing_cannot_be_changed_by_rules(edge, name, direction, change):
    result = edge.try_up({"web": {"rules": [{"forward": "app", direction: {change: {name: "5"}}}]}},
                         {"app": {"targets": ["127.0.0.1:9"]}})
    assert result.returncode == 1
    assert name.lower() in result.stderr.lower()


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_values_cannot_hold_lines(edge, value):
    result = edge.try_up({"web": {"rules": [{"forward": "app", "request_headers": {"set": {"X-A": value}}}]}},
                         {"app": {"targets": ["127.0.0.1:9"]}})
    assert result.returncode == 1

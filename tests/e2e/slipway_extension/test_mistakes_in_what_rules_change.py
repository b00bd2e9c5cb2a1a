# SPDX-License-Identifier: Apache-2.0

import pytest

RULE = "listeners: {{l: {{address: ':80', rules: [{{{}}}]}}}}"


@pytest.mark.parametrize(
    "body, words",
    [
        ("forward: api, request_headers: {set: {Connection: a}}", "Connection cannot be changed"),
        ("forward: api, response_headers: {remove: [Transfer-Encoding]}", "cannot be changed"),
        ("forward: api, request_headers: {add: {'a b': c}}", "cannot be the name of a header"),
        ("forward: api, request_headers: {add: {a: \"b\\r\\nc: d\"}}", "without control characters"),
        ("forward: api, request_headers: {remove: ['a:']}", "the name of a header"),
        ("forward: api, rewrite: {prefix: /a}", "prefix and replacement must be given"),
        ("forward: api, rewrite: {prefix: /a, replacement: b}", "a path beginning with /"),
        ("forward: api, rewrite: {prefix: /a, replacement: '/b?c'}", "without a query"),
        ("forward: api, rewrite: {path: /a, prefix: /b, replacement: /c}", "exclude each other"),
        ("forward: api, rewrite: {path: '/#{user}'}", "#{user} stands for nothing"),
        ("forward: api, rewrite: {path: '/#{query}'}", "the query stays as it is"),
        ("respond: {status: 200}, rewrite: {path: /a}", "forwards nothing has no rewrite"),
        ("respond: {status: 200}, request_headers: {remove: a}", "has no request_headers"),
        ("forward: api, stickiness: {}", "goes with weights"),
        ("forward: api, limits: [{by: header, rate: 5/s}]", "needs a name"),
        ("forward: api, limits: [{name: a, rate: 5/s}]", "only headers and cookies"),
        ("forward: api, limits: [{by: source}]", "limits nothing"),
        ("forward: api, limits: [{concurrent: 5, burst: 5}]", "burst goes with rate"),
        ("forward: api, limits: [{rate: 5}]", "a rate such as 10/s"),
        ("forward: api, limits: [{rate: 0/s}]", "a rate such as 10/s"),
        ("forward: api, limits: [{rate: 5/w}]", "a rate such as 10/s"),
    ],
)
def test_it_is_refused(extended, body, words):
    mistake = extended(RULE.format(body)).mistake()
    assert words in mistake["message"]
    assert mistake["path"].startswith("x-slipway.listeners.l.rules[0]")

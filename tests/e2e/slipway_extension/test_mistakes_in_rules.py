# SPDX-License-Identifier: Apache-2.0

import pytest


def rule(body):
    return f"listeners: {{l: {{address: ':80', rules: [{{{body}}}]}}}}"


@pytest.mark.parametrize(
    "body, words",
    [
        ("name: empty", "must be given"),
        ("forward: api, respond: {status: 200}", "exclude"),
        ("forward: apo", "apo"),
        ("forward: many", "more than one port"),
        ("forward: 'many:82'", "many:82"),
        ("wen: {path: /}, forward: api", "wen"),
        ("when: {hots: a}, forward: api", "hots"),
        ("when: {path: hello}, forward: api", "hello"),
        ("when: {path: '/a b'}, forward: api", "/a b"),
        ("when: {method: get}, forward: api", "get"),
        ("when: {host: 'a b'}, forward: api", "a b"),
        ("when: {source: home}, forward: api", "home"),
        ("when: {header: [a]}, forward: api", "map"),
        ("when: {header: {'a b': c}}, forward: api", "cannot be the name of a header"),
        ('redirect: {location: "/a\\r\\nb: c"}', "without control characters"),
        ('respond: {status: 200, content_type: "a\\nb"}', "a media type"),
        ("weights: {api: 1000}", "999"),
        ("weights: {api: -1}", "999"),
        ("weights: {api: 0}", "all weights are 0"),
        ("weights: {apo: 1}", "apo"),
        ("redirect: {status: 301}", "location"),
        ("redirect: {location: /a, status: 200}", "301"),
        ("redirect: {location: /a, status: 305}", "301"),
        ("redirect: {location: '/#{hots}'}", "hots"),
        ("redirect: {location: '#{protocol}://#{host}:#{port}/#{path}?#{query}'}", "itself"),
        ("respond: {status: 99}", "599"),
        ("respond: {status: 600}", "599"),
        ("respond: {stats: 200}", "stats"),
    ],
)
def test_it_is_refused(extended, body, words):
    mistakes = extended(rule(body)).mistakes()
    assert len(mistakes) == 1
    assert words in mistakes[0]["message"]
    assert mistakes[0]["path"].startswith("x-slipway.listeners.l.rules[0]")


def test_near_group_is_suggested(extended):
    assert extended(rule("forward: apo")).mistake()["hint"] == 'did you mean "api"?'


@pytest.mark.parametrize("body", ["forward: 'many:81'", "forward: api", "weights: {api: 90, 'many:80': 10}"])
def test_implicit_groups(extended, body):
    extended(rule(body)).config()

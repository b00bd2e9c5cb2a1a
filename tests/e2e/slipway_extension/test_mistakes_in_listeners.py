# SPDX-License-Identifier: Apache-2.0

import pytest


def listener(body):
    return f"listeners: {{l: {{address: ':80', {body}}}}}"


@pytest.mark.parametrize(
    "text, path, words",
    [
        ("listners: {}", "x-slipway", "listners"),
        ("listeners: []", "x-slipway.listeners", "map"),
        ("listeners: {l: {default: {forward: api}}}", "x-slipway.listeners.l", "address"),
        (listener("protcol: http, default: {forward: api}"), "x-slipway.listeners.l", "protcol"),
        (listener("protocol: ftp, default: {forward: api}"), "x-slipway.listeners.l.protocol", "https"),
        (listener("protocol: https, default: {forward: api}"), "x-slipway.listeners.l", "certificate"),
        (
            listener("certificates: [{cert: a, key: b}], default: {forward: api}"),
            "x-slipway.listeners.l",
            "certificates",
        ),
        (
            listener("protocol: https, certificates: [{cert: a}], default: {forward: api}"),
            "x-slipway.listeners.l.certificates[0]",
            "key",
        ),
        (listener("trusted: [10.0.0.0/33], default: {forward: api}"), None, "10.0.0.0/33"),
        (listener("protocol: tcp"), "x-slipway.listeners.l", "forward"),
        (listener("protocol: tcp, default: {respond: {status: 200}}"), None, "HTTP"),
        (
            listener("protocol: tcp, rules: [{when: {path: /a}, forward: api}]"),
            None,
            "path",
        ),
        (
            "listeners: {l: {address: ':80', default: {forward: api}}, m: {address: ':80', default: {forward: api}}}",
            None,
            ":80",
        ),
    ],
)
def test_it_is_refused(extended, text, path, words):
    mistake = extended(text).mistake()
    assert words in mistake["message"]
    if path:
        assert mistake["path"] == path

# SPDX-License-Identifier: Apache-2.0

import pytest


def listener(protocol, body):
    return f"listeners: {{l: {{address: ':80', protocol: {protocol}, {body}, default: {{forward: api}}}}}}"


CERTIFICATES = "certificates: [{cert: a, key: b}]"


@pytest.mark.parametrize(
    "text, words",
    [
        (listener("tcp", "forwarded: {mode: remove}"), "a tcp listener has no forwarded"),
        (listener("tcp", "timeouts: {header: 5s}"), "a tcp listener has no header"),
        (listener("tcp", "timeouts: {keep_alive: 5s}"), "a tcp listener has no keep_alive"),
        (listener("tcp", "limits: {body: 5m}"), "a tcp listener has no body"),
        (listener("tcp", "limits: {requests: [{rate: 5/s}]}"), "a tcp listener has no requests"),
        (listener("http", "keep_alive_probes: {idle: 5s}"), "has no keep_alive_probes"),
        (listener("http", "timeouts: {handshake: 5s}"), "without TLS has no handshake"),
        (listener("http", "proxy_protocol: true"), "nobody is trusted"),
        (listener("tcp", "rules: [{forward: api, limits: [{rate: 5/s}]}]"), "has no limits"),
        (listener("tcp", "rules: [{forward: api, rewrite: {path: /}}]"), "has no rewrite"),
        (listener("tcp", "rules: [{weights: {api: 1}, stickiness: {}}]"), "sees no cookies"),
        (
            "target_groups: {g: {targets: ['a:1'], stickiness: {}}}\n"
            "listeners: {l: {address: ':80', protocol: tcp, default: {forward: g}}}",
            "no cookies for the stickiness",
        ),
        (
            "target_groups: {g: {targets: ['a:1'], algorithm: hash, hash: {by: cookie, name: a}}}\n"
            "listeners: {l: {address: ':80', protocol: tcp, default: {weights: {g: 1}}}}",
            "sees no cookie to hash",
        ),
    ],
)
def test_it_is_refused(extended, text, words):
    assert words in extended(text).mistake()["message"]


@pytest.mark.parametrize(
    "text",
    [
        listener("tcp", "timeouts: {idle: 5m}, limits: {connections: 5}"),
        listener("tcp", "keep_alive_probes: {idle: 0s}, access_log: {path: a}"),
        listener("https", f"{CERTIFICATES}, timeouts: {{handshake: 5s, header: 5s}}"),
        listener("http", "trusted: [10.0.0.0/8], proxy_protocol: true, forwarded: {port: true}"),
        listener("http", "limits: {body: 0, body_rate: 0, requests: [{by: rule, concurrent: 5}]}"),
    ],
)
def test_it_is_taken(extended, text):
    extended(text).config()

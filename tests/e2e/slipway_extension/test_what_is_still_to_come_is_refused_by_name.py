# SPDX-License-Identifier: Apache-2.0

import pytest

LISTENER = "listeners: {{l: {{address: ':80', {}, default: {{forward: api}}}}}}"
RULE = "listeners: {{l: {{address: ':80', rules: [{{forward: api, {}}}]}}}}"
GROUP = "target_groups: {{g: {{targets: ['a:1'], {}}}}}"


@pytest.mark.parametrize(
    "text, path, name",
    [
        (LISTENER.format("http2: true"), "x-slipway.listeners.l", '"http2"'),
        (LISTENER.format("http3: {}"), "x-slipway.listeners.l", '"http3"'),
        (LISTENER.format("client_certificates: {}"), "x-slipway.listeners.l", '"client_certificates"'),
        (LISTENER.format("security_policy: x"), "x-slipway.listeners.l", '"security_policy"'),
        (LISTENER.format("protocol: tls"), "x-slipway.listeners.l", "protocol: tls"),
        (LISTENER.format("protocol: https, certificates: auto"), None, "certificates: auto"),
        (LISTENER.format("protocol: https, certificates: local"), None, "certificates: local"),
        (RULE.format("authenticate: {issuer: a}"), "x-slipway.listeners.l.rules[0]", '"authenticate"'),
        (RULE.format("token: {}"), "x-slipway.listeners.l.rules[0]", '"token"'),
        (RULE.format("cache: {}"), "x-slipway.listeners.l.rules[0]", '"cache"'),
        (RULE.format("compression: true"), "x-slipway.listeners.l.rules[0]", '"compression"'),
        (GROUP.format("tls: true"), "x-slipway.target_groups.g", '"tls"'),
        (GROUP.format("protocol: https"), "x-slipway.target_groups.g", '"protocol"'),
        (GROUP.format("health: {port: 81}"), "x-slipway.target_groups.g.health", '"port"'),
    ],
)
def test_it_is_refused(extended, text, path, name):
    mistake = extended(text).mistake()
    assert mistake["message"] == f"{name} is not supported yet"
    if path:
        assert mistake["path"].startswith(path)

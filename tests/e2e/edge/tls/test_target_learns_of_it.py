# SPDX-License-Identifier: Apache-2.0


def test_by_forwarded_proto(edge, secure, tls):
    origin = edge.origin(name="main")
    secure(origin)
    tls().get(host="default.example.com", headers={"X-Forwarded-Proto": "http"})
    (request,) = origin.requests
    assert request.header("x-forwarded-proto") == "https"
    assert request.header("x-forwarded-port") == str(edge.port())


def test_cookies_are_secure(edge, certificates, tls):
    files = [certificates["default"]]
    edge.forward(edge.origin(name="a"), group={"stickiness": {}}, protocol="https", certificates=files)
    assert "Secure" in tls().get(host="default.example.com").header("set-cookie")

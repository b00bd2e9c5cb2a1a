# SPDX-License-Identifier: Apache-2.0


def test_requests_that_no_rule_forwards_touch_no_target(edge):
    origin = edge.origin()
    edge.up({"web": {"rules": [{"when": {"path": "/app/*"}, "forward": "app"}]}}, {"app": {"targets": [origin]}})
    assert edge.get("/other", method="POST", body=b"x").status == 404
    assert edge.get("/app/", method="TRACE").status == 405
    assert origin.connections == []
    assert edge.get("/app/").status == 200

# SPDX-License-Identifier: Apache-2.0


def test_host_may_be_set(edge):
    origin = edge.origin()
    edge.up({"web": {"rules": [{"forward": "app", "request_headers": {"set": {"Host": "inside.example.com"}}}]}},
            {"app": {"targets": [origin]}})
    assert edge.get(host="outside.example.com").status == 200
    assert origin.requests[0].all("host") == ["inside.example.com"]

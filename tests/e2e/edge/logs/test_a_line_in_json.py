# SPDX-License-Identifier: Apache-2.0

import re

from support.access_log import AccessLog
from support.origin import answer
from support.websocket import echo_script, open_socket

TIME = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


def test_of_a_request_that_was_forwarded(edge):
    log = AccessLog(edge)
    origin = edge.origin(lambda request: answer(b"hello", 201))
    rules = [
        {"name": "first", "when": {"path": "/first"}, "respond": {"status": 200}},
        {"name": "second", "when": {"path": "/a/*"}, "forward": "app"},
    ]
    edge.forward(origin, rules=rules, access_log=log.settings)
    client = edge.connect()
    client.get("/a/b?c=d", host="example.com:81", headers={"User-Agent": "test/1"}, method="POST", body=b"12345")
    (record,) = log.records(1)
    assert (record["type"], record["listener"], record["group"]) == ("http", "web", "app")
    assert record["client"] == f"127.0.0.1:{client.port}"
    assert record["target"] == record["targets"] == origin.address
    assert (record["status"], record["target_status"], str(record["target_statuses"])) == (201, 201, "201")
    assert record["request"].startswith("POST ") and record["request"].endswith("/a/b?c=d HTTP/1.1")
    assert "example.com:81" in record["request"]
    assert record["user_agent"] == "test/1"
    assert (record["rule"], record["actions"]) == (2, "forward")
    assert record["trace_id"] == origin.requests[0].header("x-request-id")
    for name in ("request_time", "target_time", "response_time"):
        assert 0 <= record[name] < 60, name
    assert 5 < record["received_bytes"] < 400 and 5 < record["sent_bytes"] < 400
    assert re.fullmatch(TIME, record["time"]) and re.fullmatch(TIME, record["created"])
    assert record["created"] <= record["time"]
    for name in ("tls_cipher", "tls_protocol", "server_name", "certificate", "redirect", "error"):
        assert record[name] is None, name


def test_requests_of_a_connection_have_its_id(edge):
    log = AccessLog(edge)
    edge.forward(edge.origin(name="a"), access_log=log.settings)
    client = edge.connect()
    client.get("/1")
    client.get("/2")
    edge.get("/3")
    one, two, three = log.records(3)
    assert one["connection_id"] and one["connection_id"] == two["connection_id"] != three["connection_id"]
    assert len({record["trace_id"] for record in (one, two, three)}) == 3


def test_of_a_target_that_was_tried_in_vain(edge):
    log = AccessLog(edge)
    gone, here = edge.named_origins("gone", "here")
    edge.forward(gone, here, access_log=log.settings)
    gone.stop_listening()
    edge.get("/1")
    edge.get("/2")
    tried = [record["targets"] for record in log.records(2)]
    assert f"{gone.address} {here.address}" in tried, tried
    assert all(record["target"] == here.address for record in log.records(2))


def test_of_a_websocket(edge):
    log = AccessLog(edge)
    edge.forward(edge.origin(script=echo_script), access_log=log.settings)
    open_socket(edge).close()
    (record,) = log.records(1)
    assert (record["type"], record["status"], record["target_status"]) == ("ws", 101, 101)

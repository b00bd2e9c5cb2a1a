# SPDX-License-Identifier: Apache-2.0

from support.access_log import AccessLog


def test_by_rule(edge):
    log = AccessLog(edge)
    edge.up(
        {
            "web": {
                "rules": [
                    {"name": "a", "when": {"path": "/old"}, "redirect": {"location": "https://#{host}/new"}},
                    {"name": "b", "when": {"path": "/fixed"}, "respond": {"status": 418}},
                ],
                "access_log": log.settings,
            }
        }
    )
    for path in ("/old", "/fixed", "/none"):
        edge.get(path)
    # Of two threads: in whatever order.
    by_status = {record["status"]: record for record in log.records(3)}
    old, fixed, none = by_status[302], by_status[418], by_status[404]
    assert (old["status"], old["actions"], old["redirect"], old["rule"]) == (302, "redirect", "https://a/new", 1)
    assert (fixed["status"], fixed["actions"], fixed["rule"]) == (418, "respond", 2)
    assert (none["status"], none["rule"]) == (404, 0)
    for record in (old, fixed, none):
        assert record["target"] is None and record["target_status"] in (None, 0)
        assert record["target_time"] == record["request_time"] == -1


def test_of_failures(edge):
    log = AccessLog(edge)
    gone = edge.origin(name="gone")
    edge.forward(gone, access_log=log.settings)
    gone.stop_listening()
    assert edge.get().status == 502
    (record,) = log.records(1)
    assert (record["status"], record["target"]) == (502, gone.address)
    assert record["error"]


def test_of_requests_that_were_refused(edge):
    log = AccessLog(edge)
    edge.forward(edge.origin(name="a"), access_log=log.settings)
    for text, status in (
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    ):
        client = edge.connect()
        client.send(text)
        assert client.response().status == status
    records = log.records(3)
    assert [record["status"] for record in records] == [400, 414, 505]
    assert all(record["error"] and record["rule"] == -1 for record in records)


def test_of_a_client_that_went_away(edge):
    def silent(connection):
        connection.request()
        connection.rest()

    log = AccessLog(edge)
    origin = edge.origin(script=silent)
    edge.forward(origin, access_log=log.settings)
    client = edge.connect()
    client.send(b"GET /gone HTTP/1.1\r\nHost: a\r\n\r\n")
    origin.wait_for_requests()
    client.reset()
    (record,) = log.records(1)
    assert "/gone" in record["request"] and record["error"]

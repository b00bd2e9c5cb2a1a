# SPDX-License-Identifier: Apache-2.0

from support.access_log import AccessLog
from support.origin import answer


def test_the_documented_order(edge):
    log = AccessLog(edge, "fields")
    origin = edge.origin(lambda request: answer(b"hello", 201))
    edge.forward(origin, access_log=log.settings)
    client = edge.connect()
    client.get("/a b".replace(" ", "%20"), headers={"User-Agent": "two words"})
    (record,) = log.records(1)
    assert (record["type"], record["listener"], record["group"]) == ("http", "web", "app")
    assert (record["status"], record["target_status"], record["rule"]) == ("201", "201", "0")
    assert record["client"] == f"127.0.0.1:{client.port}"
    assert record["target"] == origin.address
    assert record["user_agent"] == "two words"
    assert record["tls_cipher"] == record["tls_protocol"] == "-"

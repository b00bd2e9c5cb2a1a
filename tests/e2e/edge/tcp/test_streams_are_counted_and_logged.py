# SPDX-License-Identifier: Apache-2.0

from support.access_log import AccessLog
from support.edge import wait_until


def test_one_of_each(edge, echoing, through):
    log = AccessLog(edge)
    through(echoing, access_log=log.settings)
    client = edge.connect()
    port = client.port
    client.send(b"x" * 5000)
    assert client.reader.take(5000)
    wait_until(lambda: edge.targets()[echoing.address]["active"] == 1)
    client.shut()
    assert client.rest() == b"<end>"
    (record,) = log.records(1)
    assert (record["type"], record["client"]) == ("tcp", f"127.0.0.1:{port}")
    assert (record["target"], record["group"]) == (echoing.address, "app")
    assert (record["received_bytes"], record["sent_bytes"]) == (5000, 5005)
    wait_until(lambda: edge.targets()[echoing.address]["active"] == 0)
    listener = edge.statistics("listeners", "web")
    assert (listener["received_bytes"], listener["sent_bytes"]) == (5000, 5005)
    assert listener["connections"] == 1
    # Nobody can say whether it was answered; it is no error.
    assert sum(listener["responses"]) == sum(edge.statistics("groups", "app")["responses"]) == 0


def test_of_one_that_found_nobody(edge, through):
    log = AccessLog(edge)
    gone = edge.origin()
    gone.stop_listening()
    through(gone, access_log=log.settings)
    assert edge.connect().rest() == b""
    assert log.records(1)[0]["error"]
    wait_until(lambda: edge.statistics("groups", "app")["responses"][0] == 1)

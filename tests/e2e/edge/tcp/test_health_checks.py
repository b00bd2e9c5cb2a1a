# SPDX-License-Identifier: Apache-2.0


def test_by_connecting(edge, echoing, through):
    health = {"protocol": "tcp", "interval": "1s", "timeout": "500ms", "unhealthy": 1}
    gone = edge.origin()
    through(echoing, gone, group={"health": health})
    edge.wait_for_state("healthy", echoing, gone)
    gone.stop_listening()
    edge.wait_for_state("unhealthy", gone)
    before = edge.statistics("targets", gone.address)["connection_errors"]
    for _ in range(6):
        client = edge.connect()
        client.send(b"x")
        assert client.reader.take(1) == b"x"
    assert edge.statistics("targets", gone.address)["connection_errors"] == before

# SPDX-License-Identifier: Apache-2.0


def test_stream_survives_changes(edge, echoing, through):
    through(echoing)
    client = edge.connect()
    for number in range(5):
        client.send(b"%d" % number)
        assert client.reader.take(1) == b"%d" % number
        through(echoing, edge.origin(), timeouts={"idle": f"{number + 100}s"})
    assert len(echoing.connections) == 1

# SPDX-License-Identifier: Apache-2.0


def test_quiet_stream_ends_after_its_time(edge, echoing, through):
    through(echoing, timeouts={"idle": "1s"})
    client = edge.connect()
    client.send(b"x")
    assert client.reader.take(1) == b"x"
    client.rest()
    assert echoing.wait_for_end() in ("closed", "reset")

# SPDX-License-Identifier: Apache-2.0

import pytest


def test_until_the_time_is_over(edge, echoing, through):
    other = edge.origin(script=lambda connection: connection.send(b"other"))
    through(echoing, group={"drain": "1s"})
    client = edge.connect()
    client.send(b"one")
    assert client.reader.take(3) == b"one"
    through(other, group={"drain": "1s"})
    client.send(b"two")
    assert client.reader.take(3) == b"two"
    assert edge.connect().rest() == b"other"
    rest = client.rest()
    assert client.end and b"HTTP" not in rest


@pytest.mark.parametrize("action, is_cut", [("drain", False), ("disable", True)])
def test_as_its_operator_says(edge, echoing, through, action, is_cut):
    through(echoing)
    client = edge.connect()
    client.send(b"one")
    assert client.reader.take(3) == b"one"
    edge.steer(echoing, action)
    if is_cut:
        assert b"HTTP" not in client.rest()
        assert echoing.wait_for_end()
    else:
        client.send(b"two")
        assert client.reader.take(3) == b"two"
    assert edge.connect().rest() == b""  # nobody is left for new ones

# SPDX-License-Identifier: Apache-2.0
"""Without a word: there is no request that it could be an answer to."""


def test_idle_connection_is_closed(edge):
    edge.forward(edge.origin(), timeouts={"keep_alive": "1s"})
    client = edge.connect()
    assert client.get().status == 200
    assert client.is_closed()

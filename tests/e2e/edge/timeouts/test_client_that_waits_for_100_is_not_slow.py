# SPDX-License-Identifier: Apache-2.0
"""A client that sent Expect: 100-continue rightly waits for the target: it is not to blame for it."""

import time

from support.origin import answer
from support.raw import request


def test_client_that_waits_for_100_is_not_slow(edge):
    def script(connection):
        head = connection.head()
        time.sleep(1.6)  # longer than idle lets a client rest
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.send(answer(connection.body(head)))

    edge.forward(edge.origin(script=script), timeouts={"idle": "1s"})
    client = edge.connect()
    client.send(request("/", "a", {"Expect": "100-continue", "Content-Length": "5"}, "POST"))
    response = client.head()
    assert response.status == 100, response
    client.send(b"hello")
    assert client.response().body == b"hello"

# SPDX-License-Identifier: Apache-2.0

from support.raw import request


def test_nothing_more_of_a_body(edge):
    origin = edge.origin()
    edge.forward(origin, timeouts={"idle": "1s"})
    client = edge.connect()
    client.send(request("/", "a", {"Content-Length": "10"}, "POST") + b"hello")
    response = client.response()
    assert (response.status, response.closes) == (408, True)
    assert client.is_closed()
    assert origin.wait_for_end() in ("closed", "reset")

# SPDX-License-Identifier: Apache-2.0
"""An answer without a target does not wait for the body, nor is it lost in a reset for its sake."""

import threading

from support.raw import request


def test_answer_of_the_edge_reaches_a_client_that_sends(edge):
    edge.up({"web": {"default": {"respond": {"status": 403, "body": "no uploads"}}}})
    for _ in range(5):
        client = edge.connect()
        data = request("/", "a", {"Content-Length": "180000"}, "POST") + b"x" * 180000
        thread = threading.Thread(target=client.send, args=(data,), daemon=True)
        thread.start()
        response = client.response()
        assert (response.status, response.body, response.closes) == (403, b"no uploads", True)
        thread.join()
        assert client.is_closed()


def test_small_request_with_a_body_that_is_whole(edge):
    edge.up({"web": {"default": {"respond": {"status": 200, "body": "fine"}}}})
    client = edge.connect()
    client.send(request(method="POST", body=b"hello") + request("/next"))
    assert client.response().body == b"fine"
    # The body that nobody reads is no request.
    rest = client.response()
    assert rest is None or (rest.status, rest.body) == (200, b"fine")

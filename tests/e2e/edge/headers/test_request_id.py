# SPDX-License-Identifier: Apache-2.0

import re


def test_one_is_made_for_each_request(edge):
    origin = edge.origin()
    edge.forward(origin)
    client = edge.connect()
    for _ in range(3):
        client.get()
    identifiers = [request.header("x-request-id") for request in origin.requests]
    assert all(re.fullmatch("[0-9a-f]{32}", identifier) for identifier in identifiers)
    assert len(set(identifiers)) == 3


def test_one_that_is_there_passes(edge):
    origin = edge.origin()
    edge.forward(origin)
    edge.get(headers={"X-Request-Id": "mine-1"})
    assert origin.requests[0].header("x-request-id") == "mine-1"

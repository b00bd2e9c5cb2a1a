# SPDX-License-Identifier: Apache-2.0

from support.origin import answer


def test_request_reaches_target_and_answer_returns(edge):
    origin = edge.origin(lambda request: answer(b"hello", 201, {"X-Mine": "yes"}, "Made"))
    edge.forward(origin)
    response = edge.get("/a/b?c=d", headers={"X-Yours": "1"})
    assert (response.status, response.body, response.header("x-mine")) == (201, b"hello", "yes")
    (request,) = origin.requests
    assert (request.method, request.target, request.header("host")) == ("GET", "/a/b?c=d", "a")
    assert request.header("x-yours") == "1"

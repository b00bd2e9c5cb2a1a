# SPDX-License-Identifier: Apache-2.0

from support.origin import answer


def test_those_of_answers(edge):
    headers = {"Connection": "X-Internal, keep-alive", "X-Internal": "1", "Keep-Alive": "timeout=5", "X-Public": "2",
               "Proxy-Connection": "keep-alive"}
    edge.forward(edge.origin(lambda request: answer(headers=headers)))
    response = edge.get()
    assert response.header("x-public") == "2"
    for name in ("x-internal", "keep-alive", "proxy-connection"):
        assert response.header(name) is None
    assert "X-Internal" not in str(response.all("connection"))


def test_several_cookies_stay_apart(edge):
    edge.forward(edge.origin(lambda request: answer(headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; Path=/")])))
    assert edge.get().all("set-cookie") == ["a=1", "b=2; Path=/"]

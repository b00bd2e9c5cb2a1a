# SPDX-License-Identifier: Apache-2.0


def test_the_new_one_is_kept(edge):
    origins = edge.named_origins("a", "b", "c")
    group = {"stickiness": {"ttl": "1h"}}
    edge.forward(*origins, group=group)
    first = edge.get()
    cookie = first.header("set-cookie").split(";")[0]
    lost = first.body.decode()
    edge.forward(*[origin for origin in origins if origin.name != lost], group=group)
    second = edge.get(headers={"Cookie": cookie})
    assert second.status == 200 and second.body != first.body
    new = second.header("set-cookie").split(";")[0]
    assert new != cookie
    edge.forward(*origins, group=group)
    for _ in range(4):
        assert edge.get(headers={"Cookie": new}).body == second.body

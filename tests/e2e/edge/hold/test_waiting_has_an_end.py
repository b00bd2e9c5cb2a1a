# SPDX-License-Identifier: Apache-2.0

from support.raw import request


def test_503_when_nobody_came_in_time(edge, holding):
    holding.up(hold="100ms")
    response = edge.get()
    assert response.status == 503
    assert holding.waiting == 0
    assert edge.statistics("groups", "app")["rejected"] == 0


def test_without_hold_nothing_waits(edge, holding):
    holding.up(hold="0s")
    assert edge.get().status == 503


def test_more_than_may_wait_get_503_at_once(edge, holding):
    origin = edge.origin(name="a")
    group = {"limits": {"pending": 3}}
    holding.up(hold="1m", **group)
    clients = holding.ask("/1", "/2", "/3")
    assert edge.get().status == 503
    assert edge.statistics("groups", "app")["rejected"] == 1
    assert holding.waiting == 3
    holding.up(origin, **group)
    assert [client.response().body for client in clients] == [b"a"] * 3


def test_who_leaves_is_not_waited_for(edge, holding):
    origin = edge.origin(name="a")
    holding.up()
    reset, closed, stays = holding.ask("/reset", "/closed", "/stays")
    reset.reset()
    holding.wait_for(2)
    closed.close()
    holding.wait_for(1)
    holding.up(origin)
    assert stays.response().body == b"a"
    assert [seen.target for seen in origin.requests] == ["/stays"]


def test_removed_group_does_not_keep_them_for_ever(edge, holding):
    holding.up(hold="1s")
    (client,) = holding.ask("/")
    edge.up({"web": {"default": {"respond": {"status": 200, "body": "other"}}}})
    assert client.response().status == 503
    assert edge.get().body == b"other"


def test_connection_is_used_again_after_a_503(edge, holding):
    origin = edge.origin(name="a")
    holding.up(hold="100ms")
    client = edge.connect()
    client.send(request("/"))
    assert client.response().status == 503
    holding.up(origin, hold="100ms")
    assert client.get().body == b"a"

# SPDX-License-Identifier: Apache-2.0

from support.origin import answer


def test_one_connection_serves_many_clients(edge):
    origin = edge.origin(name="a")
    edge.forward(origin)
    with edge.connect() as client:
        for _ in range(20):
            assert client.get().status == 200
    assert len(origin.connections) == 1


def test_not_after_the_target_said_close(edge):
    origin = edge.origin(lambda request: answer(headers={"Connection": "close"}))
    edge.forward(origin)
    with edge.connect() as client:
        for _ in range(5):
            response = client.get()
            assert response.status == 200 and not response.closes
    assert len(origin.connections) == 5


def test_groups_do_not_share_them(edge):
    origin = edge.origin(name="a")
    edge.up(
        {
            "web": {
                "rules": [{"name": "one", "when": {"path": "/one"}, "forward": "one"}],
                "default": {"forward": "two"},
            }
        },
        {"one": {"targets": [origin]}, "two": {"targets": [origin]}},
    )
    with edge.connect() as client:
        for target in ("/one", "/two", "/one", "/two"):
            assert client.get(target).status == 200
    assert len(origin.connections) == 2

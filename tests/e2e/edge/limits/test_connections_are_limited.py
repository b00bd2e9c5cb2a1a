# SPDX-License-Identifier: Apache-2.0

from support.edge import wait_until
from support.sources import client_from


def is_served(client):
    response = client.get()
    return response is not None and response.status == 200


def is_new_one_served(connect, *arguments):
    try:
        return is_served(connect(*arguments))
    except ConnectionResetError:  # as soon as while connecting
        return False


def test_of_a_listener(edge):
    edge.forward(edge.origin(name="a"), limits={"connections": 3})
    clients = [edge.connect() for _ in range(3)]
    assert all(is_served(client) for client in clients)
    assert not is_new_one_served(edge.connect)
    assert all(is_served(client) for client in clients)
    clients[0].close()
    wait_until(lambda: is_new_one_served(edge.connect))
    wait_until(lambda: edge.statistics("listeners", "web")["rejected"] >= 1)


def test_of_a_source(edge):
    edge.forward(edge.origin(name="a"), limits={"connections_per_source": 2})
    clients = [client_from(edge, "127.0.0.2") for _ in range(2)]
    assert all(is_served(client) for client in clients)
    assert not is_new_one_served(client_from, edge, "127.0.0.2")
    assert is_served(client_from(edge, "127.0.0.3"))
    clients[0].close()
    wait_until(lambda: is_new_one_served(client_from, edge, "127.0.0.2"))

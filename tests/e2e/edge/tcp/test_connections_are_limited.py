# SPDX-License-Identifier: Apache-2.0

from support.edge import wait_until


def test_of_a_listener(edge, echoing, through):
    through(echoing, limits={"connections": 2})
    clients = [edge.connect() for _ in range(2)]
    for client in clients:
        client.send(b"x")
        assert client.reader.take(1) == b"x"
    assert not echoes_new(edge)
    clients[0].close()
    wait_until(lambda: echoes_new(edge))


def echoes_new(edge):
    try:
        client = edge.connect()
    except ConnectionResetError:
        return False
    client.send(b"y")
    data = client.receive(1)
    client.close()
    return data == b"y"

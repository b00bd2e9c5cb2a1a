# SPDX-License-Identifier: Apache-2.0


def echo(connection):
    while data := connection.receive():
        connection.send(data)
    connection.send(b"<end>")


def test_tcp_connection_waits(edge, holding):
    origin = edge.origin(script=echo)
    holding.up(protocol="tcp")
    client = edge.connect()
    client.send(b"early")
    holding.wait_for(1)
    holding.up(origin, protocol="tcp")
    client.send(b" and late")
    client.shut()
    assert client.rest() == b"early and late<end>"


def test_one_that_has_said_all_waits(edge, holding):
    origin = edge.origin(script=echo)
    holding.up(protocol="tcp")
    client = edge.connect()
    client.send(b"all")
    client.shut()
    holding.wait_for(1)
    holding.up(origin, protocol="tcp")
    assert client.rest() == b"all<end>"


def test_closed_when_nobody_came_in_time(edge, holding):
    holding.up(protocol="tcp", hold="100ms")
    client = edge.connect()
    assert client.rest() == b""
    assert holding.waiting == 0


def test_who_leaves_is_not_waited_for(edge, holding):
    holding.up(protocol="tcp")
    client = edge.connect()
    holding.wait_for(1)
    client.close()
    holding.wait_for(0)

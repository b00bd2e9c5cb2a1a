# SPDX-License-Identifier: Apache-2.0

from support.edge import wait_until


def greeting(name):
    def script(connection):
        connection.send(name)
        connection.rest()

    return script


def test_connections_are_balanced(edge, through):
    origins = [edge.origin(script=greeting(b"%d" % number)) for number in range(3)]
    through(*origins)
    clients = [edge.connect() for _ in range(12)]
    names = [client.receive() for client in clients]
    assert sorted(names) == sorted([b"0", b"1", b"2"] * 4)


def test_refusing_target_is_passed_over(edge, through):
    good, gone = edge.origin(script=greeting(b"here")), edge.origin()
    gone.stop_listening()
    through(gone, good)
    for _ in range(6):
        assert edge.connect().receive() == b"here"


def test_without_a_target_the_connection_is_closed(edge, through):
    gone = edge.origin()
    gone.stop_listening()
    through(gone)
    client = edge.connect()
    client.send(b"hello")
    assert client.rest() == b""
    assert client.end in ("closed", "reset")


def test_by_the_fewest_connections(edge, through):
    origins = [edge.origin(script=greeting(b"%d" % number)) for number in range(2)]
    through(*origins, group={"algorithm": "least_outstanding"})
    first = [edge.connect() for _ in range(4)]
    names = [client.receive() for client in first]
    assert sorted(names) == [b"0", b"0", b"1", b"1"]
    for client, name in zip(first, names):
        if name == b"0":
            client.close()
    wait_until(lambda: edge.targets()[origins[0].address]["active"] == 0)
    more = [edge.connect() for _ in range(2)]
    assert [client.receive() for client in more] == [b"0", b"0"]

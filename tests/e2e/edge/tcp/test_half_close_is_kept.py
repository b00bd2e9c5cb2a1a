# SPDX-License-Identifier: Apache-2.0


def test_client_ends_first(edge, echoing, through):
    through(echoing)
    client = edge.connect()
    client.send(b"all there is")
    client.shut()
    assert client.rest() == b"all there is<end>"
    assert client.end == "closed"
    assert echoing.wait_for_end() == "closed"


def test_target_ends_first(edge, through):
    def script(connection):
        connection.send(b"bye")
        connection.shut()
        connection.origin.rest = connection.rest()
        connection.origin.changed()

    origin = edge.origin(script=script)
    origin.rest = None
    through(origin)
    client = edge.connect()
    assert client.rest() == b"bye"
    # The other way goes on.
    client.send(b"and more ")
    client.send(b"and more")
    client.shut()
    assert origin.wait(lambda: origin.rest) == b"and more and more"


def test_end_without_a_byte(edge, echoing, through):
    through(echoing)
    client = edge.connect()
    client.shut()
    assert client.rest() == b"<end>"


def test_reset_passes(edge, echoing, through):
    through(echoing)
    client = edge.connect()
    client.send(b"x")
    assert client.reader.take(1) == b"x"
    client.reset()
    assert echoing.wait_for_end() in ("reset", "closed")


def test_reset_of_the_target_passes(edge, through):
    def script(connection):
        connection.receive()
        connection.reset()

    through(edge.origin(script=script))
    client = edge.connect()
    client.send(b"x")
    assert client.rest() == b""
    assert client.end == "reset"

# SPDX-License-Identifier: Apache-2.0
"""What a target says while it was not asked goes to nobody: neither on a resting connection, nor
behind an answer."""

from support.origin import answer

EVIL = answer(b"evil")


def test_answer_on_a_resting_connection(edge):
    def script(connection):
        if connection.number:
            connection.request()
            connection.send(answer(b"good"))
            connection.rest()
            return
        connection.request()
        connection.send(answer(b"good"))
        connection.origin.wait(lambda: connection.origin.go_on)
        connection.send(EVIL)
        connection.rest()

    origin = edge.origin(script=script)
    origin.go_on = False
    edge.forward(origin)
    client = edge.connect()
    assert client.get().body == b"good"
    origin.go_on = True
    origin.changed()
    assert origin.wait_for_end(0) in ("closed", "reset")
    assert client.get().body == b"good"
    assert not client.has_something()


def test_two_answers_for_one_request(edge):
    """The second answer is not that to the second request."""

    def script(connection):
        while request := connection.request():
            connection.send(answer(request.target.encode()))
            if request.target == "/double":
                connection.send(EVIL)

    origin = edge.origin(script=script)
    edge.forward(origin)
    for _ in range(20):
        client = edge.connect()
        assert client.get("/double").body == b"/double"
        for number, connection in enumerate(origin.connections):
            if connection.requests[-1].target == "/double":
                origin.wait_for_end(number)
        assert client.get("/next").body == b"/next"
        client.close()

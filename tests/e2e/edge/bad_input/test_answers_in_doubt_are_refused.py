# SPDX-License-Identifier: Apache-2.0
"""What a target may do wrong: the client gets 502, or sees that an answer was cut off; whatever was
not asked for goes to nobody, and the connection to the target is never used again."""

import pytest

from support.bad_answers import answers
from support.http1 import Malformed
from support.origin import Origin, answer

ROWS = answers()


class Target(Origin):
    """Says what the row says on the connection's first request to /row, and the rest in one piece
    or byte by byte."""

    row = None
    used = None
    has_said_all = False
    in_pieces = False

    def __init__(self):
        super().__init__(script=self.play)

    def play(self, connection):
        while True:
            request = connection.request()
            if request is None:
                return
            if request.target != "/row":
                connection.send(answer(b"fine"))
                continue
            self.used, self.has_said_all = connection, False
            for data in self.pieces():
                connection.send(data)
            self.has_said_all = True
            self.changed()
            if self.row.then_closes:
                connection.shut()
            connection.rest()
            return

    def pieces(self):
        raw = self.row.raw
        if not self.in_pieces or len(raw) > 400:
            return [raw]
        return [raw[at : at + 1] for at in range(len(raw))]


@pytest.fixture(scope="module")
def origin():
    origin = Target()
    yield origin
    origin.stop()


@pytest.mark.parametrize("in_pieces", [False, True], ids=["whole", "bytes"])
@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_answer_in_doubt_is_refused(forwarding_edge, origin, row, in_pieces):
    origin.row, origin.in_pieces = row, in_pieces
    with forwarding_edge.connect() as client:
        client.send(f"{row.method} /row HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        try:
            response = client.response(row.method)
        except (EOFError, Malformed):
            response = None
        if row.is_cut:
            assert response is None or response.status == 502, response
        else:
            assert response is not None, client.end
            assert response.status == row.status, response
            check_answer(row, response)
        # What comes later than the next request is sent could as well be the answer to that.
        origin.wait(lambda: origin.has_said_all, "the end of what the target says")
        # The next request, on the same connection where that stays, gets an answer of its own.
        if response is not None and not response.closes:
            response = client.get("/next")
            assert (response.status, response.body) == (200, b"fine")
    assert forwarding_edge.get("/other").body == b"fine"
    origin.wait(lambda: origin.used.end, "the end of the connection with the answer in doubt")
    assert origin.used.requests[-1].target == "/row"


def check_answer(row, response):
    if row.body is not None:
        assert response.body == row.body.encode()
    for name in row.absent:
        assert response.header(name) is None, response.fields
    for name, value in row.headers.items():
        assert response.header(name) == value, response.fields

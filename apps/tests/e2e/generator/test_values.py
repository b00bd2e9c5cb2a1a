# SPDX-License-Identifier: Apache-2.0
"""integer and number: random values within what was configured."""

import re

import pytest


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_integers_are_within_their_bounds(start, method):
    service = start("integer", MIN=-3, MAX=3)
    values = set()
    for _ in range(200):
        answer = service.ask(method, "/value")
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert re.fullmatch(r'\{"value": -?\d+\}\n', answer.text)
        values.add(answer.json["value"])
    # That one of the seven is missing happens once in 3 * 10^12 runs.
    assert values == {-3, -2, -1, 0, 1, 2, 3}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_numbers_are_within_their_range(start, method):
    service = start("number", MIN=-2.5, MAX=1e3, TINY_PERCENT=0, DIGITS=3)
    for _ in range(100):
        value = service.ask(method, "/value").json["value"]
        assert isinstance(value, float)
        assert -2.5 <= value <= 1000
        assert float(f"{value:.3g}") == value


def test_tiny_numbers_are_numbers(start):
    service = start("number", TINY_PERCENT=100)
    for _ in range(50):
        text = service.ask("GET", "/value").text
        value = float(re.fullmatch(r'\{"value": (\d(?:\.\d+)?e-\d\d|0\.0001)\}\n', text)[1])
        assert 1e-12 <= value <= 1e-4
        assert repr(value) in text


BAD_BODIES = [
    (b'{"min": 1}', 400),
    (b"[]", 400),
    (b"null", 400),
    (b"{", 400),
    (b"\0", 400),
    (b"x" * 70000, 413),
]


@pytest.mark.parametrize("name", ["integer", "number"])
def test_bodies(start, name):
    service = start(name)
    assert service.ask("POST", "/value", b"{}").status == 200
    for body, status in BAD_BODIES:
        answer = service.ask("POST", "/value", body)
        assert answer.status == status, body
        assert answer.json["error"]


@pytest.mark.parametrize("name", ["integer", "number"])
def test_other_requests(start, name):
    service = start(name)
    assert service.ask("GET", "/healthz").json == {"status": "ok"}
    assert service.ask("HEAD", "/value").text == ""
    assert service.ask("PUT", "/value").status == 405
    assert service.ask("GET", "/other").status == 404

# SPDX-License-Identifier: Apache-2.0
"""combine: the product and the outcome of a pair, and what it refuses."""

import json
import random

import pytest


@pytest.fixture
def combine(start, rules):
    return start("combine", RULES_FILE=rules)


def test_a_pair(combine):
    answer = combine.ask("POST", "/combine", '{"integer": 42, "number": 5.3e-05}')
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.text == ('{"product": 0.002226, "outcome": "THE ANSWER! It is 42, whatever '
                           '5.3e-05 says.", "rule": "jackpot"}\n')


@pytest.mark.parametrize("integer, number, rule", [
    (43, 5.3e-05, "whisper"), (44, 5.3e-05, "tiny"), (99, 0.99, "large"), (77, 0.5, "mirror"),
    (24, 0.1, "dozen"), (7, 0.5, "half"), (8, 0.1, "even"), (7, 0.1, "else"),
])
def test_the_first_rule_that_matches_wins(combine, integer, number, rule):
    body = json.dumps({"integer": integer, "number": number})
    result = combine.ask("POST", "/combine", body).json
    assert result["rule"] == rule
    assert result["product"] == integer * number


@pytest.mark.parametrize("number", ["5.3e-05", "5e-324", "0.30000000000000004", "1e-05", "42.0"])
def test_numbers_keep_all_their_digits(combine, number):
    answer = combine.ask("POST", "/combine", '{"integer": 1, "number": %s}' % number)
    assert f'"product": {number},' in answer.text


def body(integer="1", number="0.5"):
    return '{"integer": %s, "number": %s}' % (integer, number)


BAD_BODIES = {
    "empty": "",
    "no JSON": "integer=1&number=2",
    "cut off": '{"integer": 1, "number": 0.5',
    "more behind it": body() + "x",
    "two objects": body() + body(),
    "a list": "[1, 0.5]",
    "a number": "42",
    "a string": '"42"',
    "null": "null",
    "nothing in it": "{}",
    "integer missing": '{"number": 0.5}',
    "number missing": '{"integer": 1}',
    "another key": '{"integer": 1, "number": 0.5, "more": 1}',
    "integer twice": '{"integer": 1, "integer": 2, "number": 0.5}',
    "number twice": '{"integer": 1, "number": 0.5, "number": 0.5}',
    "another case": '{"Integer": 1, "number": 0.5}',
    "NaN": body(number="NaN"),
    "Infinity": body(number="Infinity"),
    "-Infinity": body(number="-Infinity"),
    "1e999": body(number="1e999"),
    "-1e999": body(number="-1e999"),
    "a number as a string": body(number='"0.5"'),
    "an integer as a string": body(integer='"1"'),
    "an integer with a fraction": body(integer="1.5"),
    "an integer as a number": body(integer="1.0"),
    "an integer with an exponent": body(integer="1e3"),
    "an integer of true": body(integer="true"),
    "an integer of null": body(integer="null"),
    "a number of a list": body(number="[0.5]"),
    "a number of an object": body(number='{"a": 1}'),
    "an integer beyond 2^53": body(integer="9007199254740992"),
    "an integer beyond 2^63": body(integer="9223372036854775808"),
    "an integer of 1000 digits": body(integer="1" * 1000),
    "hexadecimal": body(integer="0x10"),
    "a leading zero": body(integer="01"),
    "a leading plus": body(integer="+1"),
    "no digit behind the point": body(number="1."),
    "deep nesting": body(number="[" * 30000 + "]" * 30000),
    "deep nesting that does not end": "[" * 60000,
    "deep objects": '{"integer":' * 5000,
    "a NUL": "\0",
    "a NUL behind it": body() + "\0",
    "a NUL in a key": '{"integer\\u0000": 1, "number": 0.5}',
    "not UTF-8": b'{"integer": 1, "number": "\xff"}',
    "UTF-16": body().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + body().encode(),
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_what_is_refused(combine, case):
    answer = combine.ask("POST", "/combine", BAD_BODIES[case])
    assert answer.status == 400
    assert answer.json["error"]
    assert combine.ask("POST", "/combine", body()).status == 200


def test_a_product_that_is_too_large(combine):
    answer = combine.ask("POST", "/combine", body("10", "1.7e308"))
    assert answer.status == 422
    assert "too large" in answer.json["error"]


def test_a_body_that_is_too_large(combine):
    assert combine.ask("POST", "/combine", body(number="0.5" + "0" * 70000)).status == 413


def test_other_types_and_methods(combine):
    assert combine.ask("POST", "/combine", body(), {"Content-Type": "text/xml"}).status == 415
    assert combine.ask("GET", "/combine").status == 405
    assert combine.ask("GET", "/healthz").status == 200


PARTS = ["{", "}", '"integer"', '"number"', ":", ",", "42", "5.3e-05", "1e308", "NaN", "-", "1e999",
         "null", "[", "]", '"x"', "true", "99999999999999999999", " ", "\0", "\xff", '"\\u0000"',
         '{"integer": 3, "number": ', '{"integer": 42, "number": 5.3e-05}']


def test_whatever_is_sent_is_answered(combine):
    source = random.Random(20261121)
    statuses = set()
    for _ in range(500):
        text = "".join(source.choice(PARTS) for _ in range(source.randrange(1, 8)))
        answer = combine.ask("POST", "/combine", text.encode("latin-1"))
        assert answer.status in (200, 400, 422), text
        statuses.add(answer.status)
    assert statuses >= {200, 400}
    assert combine.stop() == 0

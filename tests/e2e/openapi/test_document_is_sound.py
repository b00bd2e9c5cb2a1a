# SPDX-License-Identifier: Apache-2.0
"""The document by itself: it says what it must, and its examples are what it describes."""

import re

import pytest

from support.binary import REPOSITORY
from support.openapi import METHODS, ROLES, routes


def walk(thing, place=""):
    yield place, thing
    if isinstance(thing, dict):
        for key, item in thing.items():
            yield from walk(item, f"{place}/{key}")
    elif isinstance(thing, list):
        for number, item in enumerate(thing):
            yield from walk(item, f"{place}/{number}")


def test_what_is_referred_to_is_there(document):
    used = set()
    for _, thing in walk(document.raw):
        if isinstance(thing, dict) and isinstance(thing.get("$ref"), str):
            document.find(thing["$ref"])
            used.add(thing["$ref"])
    for kind, items in document.raw["components"].items():
        for name in items if kind != "securitySchemes" else ():
            assert f"#/components/{kind}/{name}" in used, f"{kind}/{name} is not used"


def test_no_word_has_become_a_key(document):
    """A comma in a text without quotes begins another key, of no value."""
    for place, thing in walk(document.raw):
        if isinstance(thing, dict) and "example" not in place:
            assert None not in thing.values(), (place, thing)


def test_every_operation_is_complete(document):
    tags = {tag["name"] for tag in document.raw["tags"]}
    for operation in document.operations.values():
        raw = operation.raw
        assert raw["x-role"] in ROLES and raw["summary"] and set(raw["tags"]) <= tags, operation
        assert "default" in raw["responses"], operation
        in_path = set(re.findall(r"{(\w+)}", operation.path))
        described = {p["name"] for p in operation.parameters if p["in"] == "path"}
        assert in_path == described, operation
        for parameter in operation.parameters:
            assert parameter["in"] != "path" or parameter["required"] is True
    for path, item in document.raw["paths"].items():
        assert set(item) <= {*METHODS, "parameters"}, path


def test_schemas_are_schemas(document):
    import jsonschema
    for place, thing in walk(document.raw["components"]["schemas"]):
        if place.count("/") == 1:
            jsonschema.Draft202012Validator.check_schema(thing)


def test_examples_are_what_they_are_examples_of(document):
    count = 0
    for place, thing in walk(document.raw):
        if not isinstance(thing, dict) or place.endswith("/properties"):
            continue
        schema = thing.get("schema", thing)
        examples = []
        if "example" in thing:
            examples = [thing["example"]]
        elif isinstance(thing.get("examples"), dict):
            examples = [example["value"] for example in thing["examples"].values()]
        elif isinstance(thing.get("examples"), list):
            examples = thing["examples"]
        for example in examples:
            document.complain(schema, example, f"the example at {place}")
            count += 1
    assert count > 20


def test_the_version_is_the_program_s(document):
    text = (REPOSITORY / "meson.build").read_text()
    version = re.search(r"version: '([^']+)'", text)[1]
    assert document.raw["info"]["version"] == version


def test_routes_are_the_same_in_both(document):
    described = {
        (operation.method, operation.path): (
            operation.raw["x-role"],
            {flag for flag, key in (("ACTION", "x-audited"), ("METRICS", "x-metrics"))
             if operation.raw.get(key)},
        )
        for operation in document.operations.values()
    }
    served = routes()
    assert set(served) - set(described) == set(), "served, and not described"
    assert set(described) - set(served) == set(), "described, and not served"
    for route in served:
        role, flags = served[route]
        assert described[route][0] == role, route
        assert described[route][1] == flags & {"ACTION", "METRICS"}, route


def test_routes_are_written_in_the_guide(document):
    """Each path stands in docs/api.md, so that nobody finds it only here."""
    guide = (REPOSITORY / "docs/api.md").read_text()
    words = set(re.findall(r"[\w/.]+", guide))
    for operation in document.operations.values():
        last = [part for part in operation.path.split("/") if part and not part.startswith("{")][-1]
        assert any(word.split("/")[-1] == last for word in words), operation


@pytest.mark.parametrize("change", [
    lambda answer: answer.update(surprise=1),
    lambda answer: answer.pop("generation"),
    lambda answer: answer.update(generation="1"),
])
def test_a_look_is_strict(document, change):
    answer = {"version": "1", "generation": 1}
    schema = {"$ref": "#/components/schemas/Version"}
    document.check(schema, answer, "an answer")
    change(answer)
    with pytest.raises(AssertionError):
        document.check(schema, answer, "an answer")


def test_a_look_is_strict_where_schemas_are_joined(document):
    schema = {"$ref": "#/components/schemas/Event"}
    event = {"time": "2026-11-21T13:44:11Z", "project": "shop", "type": "note", "text": "x"}
    document.check(schema, event, "an event")
    for wrong in ({**event, "more": 1}, {**event, "type": "song"}, {**event, "time": "now"}):
        with pytest.raises(AssertionError):
            document.check(schema, wrong, "an event")

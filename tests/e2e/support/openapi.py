# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml as tests need it: its operations, and a strict look at what is answered."""

import copy
import json
import re
import urllib.parse
import warnings

import yaml
from support.binary import REPOSITORY

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import jsonschema

METHODS = ("get", "put", "post", "delete")
ROLES = ("viewer", "operator", "admin")


class Operation:
    def __init__(self, document, path, method, item):
        self.document = document
        self.path = path
        self.method = method.upper()
        self.raw = item[method]
        self.id = self.raw["operationId"]
        self.parameters = [document.resolve(parameter) for parameter in
                           [*item.get("parameters", []), *self.raw.get("parameters", [])]]

    def target(self, names, query=None):
        def fill(match):
            return urllib.parse.quote(str(names[match[1]]), safe=":@[]")

        path = re.sub(r"{(\w+)}", fill, self.path)
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    def response(self, status):
        responses = self.raw["responses"]
        if str(status) in responses:
            return self.document.resolve(responses[str(status)])
        assert status >= 400, f"{self.id}: an answer of {status} is not described"
        return self.document.resolve(responses["default"])

    def body(self):
        """The schema of its JSON body; None where it has none."""
        body = self.document.resolve(self.raw.get("requestBody", {}))
        return body.get("content", {}).get("application/json", {}).get("schema")

    def __repr__(self):
        return f"{self.method} {self.path}"


class Document:
    def __init__(self):
        self.text = (REPOSITORY / "docs/openapi.yaml").read_text()
        self.raw = yaml.load(self.text, Loader=yaml.CSafeLoader)
        self.operations = {}
        for path, item in self.raw["paths"].items():
            for method in METHODS:
                if method in item:
                    operation = Operation(self, path, method, item)
                    assert operation.id not in self.operations, f"{operation.id} stands there twice"
                    self.operations[operation.id] = operation
        self.strict = strict(self.raw)

    def resolve(self, thing):
        while "$ref" in thing:
            thing = self.find(thing["$ref"])
        return thing

    def find(self, reference, root=None):
        found = root or self.raw
        assert reference.startswith("#/"), reference
        for part in reference[2:].split("/"):
            found = found[part]
        return found

    def complain(self, schema, value, what, root=None):
        """Fails with what is wrong with the value."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            resolver = jsonschema.RefResolver("", root or self.raw)
            checker = jsonschema.Draft202012Validator(schema, resolver=resolver)
            error = jsonschema.exceptions.best_match(checker.iter_errors(value))
        assert error is None, (
            f"{what}: {'.'.join(str(part) for part in error.absolute_path)}: {error.message[:500]}"
            f"\nof {json.dumps(value)[:2000]}"
        )

    def check(self, schema, value, what):
        """An answer: also what is not described is wrong."""
        choice = self.resolve(schema)
        if "discriminator" in choice:
            mapping = choice["discriminator"]["mapping"]
            assert value.get("type") in mapping, f"{what}: {value}"
            schema = {"$ref": mapping[value["type"]]}
        self.complain(strict_schema(copy.deepcopy(schema), set()), value, what, self.strict)

    def check_answer(self, operation, status, content_type, body):
        """Returns the body as values."""
        response = operation.response(status)
        described = response.get("content", {})
        kind = content_type.split(";")[0].strip() if content_type else None
        what = f"{operation} answered {status}"
        if not described:
            assert not body, f"{what} with a body: {body[:500]}"
            return None
        assert kind in described, f"{what} as {content_type}: {body[:500]}"
        schema = described[kind]["schema"]
        if kind == "application/json":
            value = json.loads(body)
            self.check(schema, value, what)
            return value
        if kind == "application/jsonl":
            lines = [json.loads(line) for line in body.splitlines()]
            for line in lines:
                self.check(schema, line, what)
            return lines
        return body.decode()


def references_in(thing, inside=False):
    """Those that are a part of something else (allOf)."""
    if isinstance(thing, list):
        for item in thing:
            yield from references_in(item, inside)
    elif isinstance(thing, dict):
        if inside and "$ref" in thing:
            yield thing["$ref"]
        for key, item in thing.items():
            yield from references_in(item, key == "allOf")


def strict_schema(schema, parts, is_part=False):
    if not isinstance(schema, dict):
        return schema
    for key in ("properties", "additionalProperties", "items"):
        if key == "properties":
            for item in schema.get(key, {}).values():
                strict_schema(item, parts)
        else:
            strict_schema(schema.get(key), parts)
    for key in ("oneOf", "anyOf"):
        for item in schema.get(key, []):
            strict_schema(item, parts)
    for item in schema.get("allOf", []):
        strict_schema(item, parts, True)
    if "allOf" in schema:
        schema.setdefault("unevaluatedProperties", False)
    elif "properties" in schema and not is_part:
        schema.setdefault("additionalProperties", False)
    return schema


def strict(raw):
    """The same document, in which objects have nothing but what is described."""
    made = copy.deepcopy(raw)
    parts = set(references_in(raw))
    for name, schema in made["components"]["schemas"].items():
        strict_schema(schema, parts, f"#/components/schemas/{name}" in parts)
    return made


def routes():
    """What src/api/routes.def says: (method, path) -> (role, flags)."""
    text = (REPOSITORY / "src/api/routes.def").read_text()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    pattern = r'ROUTE\(\s*(\w+)\s*,\s*"([^"]+)"\s*,\s*\w+\s*,\s*(\w+)\s*,\s*([^)]+?)\s*\)'
    found = re.findall(pattern, text)
    assert len(found) == text.count("ROUTE("), "a line of routes.def that cannot be read"
    return {
        (method, path): (role.lower(), {flag.strip() for flag in flags.split("|")} - {"0"})
        for method, path, role, flags in found
    }

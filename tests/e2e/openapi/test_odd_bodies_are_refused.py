# SPDX-License-Identifier: Apache-2.0
"""Bodies made from the schemas, and then spoilt: each is refused or done, and the daemon lives."""

import copy
import json
import os
import random

import pytest

from support.described import Api, LonelyNode
from support.openapi import Document

SEED = int(os.environ.get("SLIPWAY_TEST_SEED", "20261121"))
ROUNDS = 30
LONG = "x" * (1 << 20)

WRONG = [None, True, 0, -1, 1 << 31, 1 << 63, 1 << 70, 1.5, 1e308, "", "x", " ", "a\0b", "\ud800",
         "\x1b[2J\n", "../../etc/passwd", "%s%n", LONG, [], [[]], [None], ["x"] * 5000, {},
         {"": {}}, {"x": {"x": None}}]

DEEP = b"[" * 100000
BYTES = [
    b"", b"\0", b"{", b"{}", b"[]", b"null", b"1", b"\"x\"", b"{\"a\":1}x", b"{\"a\":1,\"a\":2}",
    b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"{\"kind\":\"\xc3\x28\"}", b"{\"\xff\":1}", DEEP,
    b"{\"spec\":" * 20000, b"{\"spec\":" + DEEP, b"[" * 2000 + b"]" * 2000,
    b"{\"spec\":" + b"{\"a\":" * 2000 + b"1" + b"}" * 2000 + b"}",
    b"{\"options\":" + b"{\"a\":" * 2000 + b"1" + b"}" * 2000 + b"}",
    b"{\"spec\":{\"services\":" + b"[" * 2000 + b"]" * 2000 + b"}}",
    b"{\"n\":" + b"9" * 100000 + b"}", b"{\"n\":1e99999}", b"{\"n\":-0}", b" " * 100000,
    b"{\"a\":\"\\u0000\"}", b"{\"\\u0000\":1}", b"{\"a\":\"\\ud800\"}", b"{\"a\":" + b"\"x\"," * 10,
]

NAMES = {"project": "shop", "instance": "shop-web-1", "group": "still/web", "target": "127.0.0.1:1",
         "service": "web", "deploy": 1}

# What is over soon where it is taken on.
SAFE_KINDS = ["scale", "image", "start", "rollback", "dance", 1]


class Maker:
    """Values that a schema allows, and values that it does not."""

    def __init__(self, document, chance):
        self.document = document
        self.chance = chance

    def make(self, schema, depth=0):
        chance = self.chance
        schema = self.document.resolve(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return chance.choice(schema["enum"])
        for key in ("oneOf", "anyOf"):
            options = [option for option in schema.get(key, []) if "required" not in option
                       or "properties" in option or "$ref" in option]
            if options:
                return self.make(chance.choice(options), depth + 1)
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = chance.choice(kind)
        if kind == "object" or "properties" in schema:
            return self.make_map(schema, depth)
        if kind == "array":
            return [self.make(schema.get("items", {}), depth + 1)
                    for _ in range(chance.randrange(4))]
        if kind == "integer":
            return chance.choice([schema.get("minimum", 0), schema.get("maximum", 99), 1, 2])
        return {"null": None, "boolean": chance.random() < 0.5,
                "number": 1.5}.get(kind, chance.choice(["web", "shop", "x"]))

    def make_map(self, schema, depth):
        made = {}
        for name, item in schema.get("properties", {}).items():
            if depth < 4 and (name in schema.get("required", []) or self.chance.random() < 0.4):
                made[name] = self.make(item, depth + 1)
        if isinstance(schema.get("additionalProperties"), dict) and depth < 4:
            made["web"] = self.make(schema["additionalProperties"], depth + 1)
        return made

    def places(self, value, place=()):
        yield place
        items = value.items() if isinstance(value, dict) else \
            enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            yield from self.places(item, (*place, key))

    def spoil(self, value):
        """Something else at one place."""
        value = copy.deepcopy(value)
        place = self.chance.choice(list(self.places(value)))
        wrong = self.chance.choice(WRONG)
        if place == ():
            if isinstance(value, dict) and self.chance.random() < 0.8:
                value[self.chance.choice(["surprise", "", "a\0b", "\u00e4" * 300])] = wrong
                return value
            return wrong
        at = value
        for key in place[:-1]:
            at = at[key]
        if isinstance(at, dict) and self.chance.random() < 0.2:
            del at[place[-1]]
        else:
            at[place[-1]] = wrong
        return value


def bodies(api, operation):
    """Of one operation: those that are no JSON, or no object, and those from its schema."""
    chance = random.Random(f"{SEED} {operation.id}")
    maker = Maker(api.document, chance)
    yield from BYTES
    for wrong in WRONG:
        yield json.dumps(wrong).encode()
    for _ in range(ROUNDS):
        body = maker.make(operation.body())
        if operation.id == "addDeploy" and isinstance(body, dict):
            body["kind"] = chance.choice(SAFE_KINDS)
        if operation.id in ("planDeploy", "keepSpec", "runInstance", "putProject") and \
                isinstance(body, dict) and chance.random() < 0.5:
            spec = maker.spoil(api.node.spec("1", replicas=1))
            body = spec if operation.id == "putProject" else {**body, "spec": spec}
        for _ in range(chance.randrange(3)):
            body = maker.spoil(body)
        if operation.id == "addDeploy" and isinstance(body, dict) and body.get("kind", "") in (
                "", "up", "down", "stop", "rm", "restart"):
            body["kind"] = "dance"
        yield json.dumps(few_replicas(body)).encode()


def few_replicas(body):
    """A thousand are allowed, and would take their time."""
    options = body.get("options") if isinstance(body, dict) else None
    scale = options.get("scale") if isinstance(options, dict) else None
    for name, number in scale.items() if isinstance(scale, dict) else ():
        if isinstance(number, int) and 2 < number <= 1000:
            scale[name] = 2
    return body


def operations_with_bodies():
    return [name for name, operation in Document().operations.items()
            if operation.body() is not None]


def lacks_engine(response, text):
    return response.status == 503 and b"no Docker Engine answers" in text


@pytest.fixture(scope="module")
def shop(slipway, document):
    node = LonelyNode(slipway)
    node.call("PUT", "/v1/projects/still",
              {"x-slipway": {"target_groups": {"web": {"targets": ["127.0.0.1:1"]}}}})
    node.deploy(spec=node.spec("1", replicas=1))
    yield Api(node, document)
    node.close()


@pytest.mark.parametrize("name", operations_with_bodies())
def test_odd_bodies_are_refused(shop, name):
    operation = shop.document.operations[name]
    shop.node.deploy(spec=shop.node.spec("1", replicas=1))  # whatever the last ones have done
    names = {**NAMES, **({"project": "plain"} if name == "putProject" else {})}
    headers = {"Connection": "Upgrade", "Upgrade": "slipway-stream"} \
        if name in ("execInInstance", "attachToInstance") else {}
    for number, body in enumerate(bodies(shop, operation)):
        what = f"{operation}, body {number}: {body[:300]!r}"
        response, text = shop.exchange(operation.method, operation.target(names), body, headers)
        assert response.status < 500 or lacks_engine(response, text), (
            what, response.status, text[:500], shop.node.log()[-2000:])
        shop.document.check_answer(operation, response.status, response.getheader("Content-Type"),
                                   text)
        if response.status >= 400:
            assert json.loads(text)["error"]["message"], what
    shop.lives()


def test_odd_parameters_are_refused(shop):
    """Whatever stands in the query of what is only looked at."""
    chance = random.Random(SEED)
    names = {**NAMES, "deploy": 1, "revision": 1, "image": "a", "token": "a"}
    odd = ["", "0", "-1", "1", "x", "18446744073709551616", "1e3", "%00", "%zz", "%ff", "a" * 5000,
           "2026-13-41T99:99:99Z", "2026-11-21T13:44:11.5Z", "all", "true"]
    for operation in shop.document.operations.values():
        if operation.method != "GET" or operation.id == "followLive":
            continue
        queries = [p["name"] for p in operation.parameters if p["in"] == "query"]
        in_path = [p["name"] for p in operation.parameters if p["in"] == "path"]
        for _ in range(25 if queries or in_path else 1):
            drawn = {**names, **{name: chance.choice(["x", "0", "a/b", "\u00e4", "-1", names[name]])
                                 for name in in_path}}
            query = "&".join(f"{name}={chance.choice(odd)}" for name in queries
                             if name != "follow" and chance.random() < 0.5)
            response, text = shop.exchange("GET", operation.target(drawn) + "?" + query)
            assert response.status < 500 or lacks_engine(response, text), (
                operation, drawn, query, response.status, text)
            shop.document.check_answer(operation, response.status,
                                       response.getheader("Content-Type"), text)
    shop.lives()

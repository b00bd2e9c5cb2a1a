# SPDX-License-Identifier: Apache-2.0
"""What a viewer's token can ask for names no secret, and nothing that secrets can be guessed by."""

import hashlib
import hmac
import json
import re

import pytest

from support.dashboard import Dashboard, routes
from support.node import Node
from support.ports import free_port

KEYS = ("pr3view-header", "pr3view-cookie", "pr3view-query")


def with_rules(spec, port, path="/v2/*", keys=KEYS):
    """The spec with a listener whose rules match what only some people know."""
    header, cookie, query = keys
    spec["x-slipway"]["listeners"] = {
        "edge": {
            "address": f"127.0.0.1:{port}",
            "protocol": "http",
            "rules": [{
                "name": "preview",
                "when": {"path": [path], "header": {"X-Preview": [header],
                                                       "Cookie": [f"*preview={cookie}*"]},
                         "query": {"preview": [query]}},
                "forward": "web",
            }],
            "default": {"respond": {"status": 404}},
        },
    }
    return spec


@pytest.fixture
def spec(node):
    spec = node.spec("1", replicas=1, environment={"DB_PASSWORD": "hunter2-secret"})
    folder = node.folder / "program"  # which is kept by its content
    folder.mkdir()
    (folder / "start").write_text("#!/bin/sh\nexec python3 -c \"$PROGRAM\"\n")
    (folder / "start").chmod(0o755)
    (folder / ".env").write_text("PASSWORD=hunter2-secret\n")
    web = spec["services"]["web"]
    web["environment"]["PROGRAM"] = web["command"][2]
    web["command"] = [str(folder / "start")]
    web["x-slipway"]["artifact"] = str(folder)
    return with_rules(spec, free_port())


def edge_of(lines):
    """The next picture of the edge, out of a stream's lines."""
    name, seen = None, []
    for line in lines:
        seen.append(line)
        if line.startswith(b"event: "):
            name = line[7:].strip()
        elif line.startswith(b"data: ") and name == b"edge":
            return json.loads(line[6:]), b"".join(seen)
    raise AssertionError(f"the stream ended: {seen}")


def when_of(edge):
    return [rule["when"] for listener in edge["listeners"] for rule in listener["rules"]
            if rule["name"] == "preview"]


def answers(node, dashboard, token):
    """All that the token is answered, by every route that it may ask."""
    instance = node.call("GET", "/v1/instances?all=1")["instances"][0]
    target = node.call("GET", "/v1/targets")["targets"][0]
    names = {"{project}": "shop", "{deploy}": "1", "{revision}": "1", "{service}": "web",
             "{instance}": instance["name"], "{group}": target["group"], "{target}": target["id"]}
    found = {}
    for route in routes():
        if route.role != "VIEWER" or route.path == "/v1/live":
            continue
        path = route.path
        for name, value in names.items():
            path = path.replace(name, value)
        body = {"kind": "up", "revision": 1} if route.method == "POST" else None
        answer = dashboard.ask(route.method, path, token, body)
        missing = route.path == "/v1/images" and b"no Docker Engine answers" in answer.body
        assert answer.status == 200 or missing, (route, answer.body)
        found[f"{route.method} {route.path}"] = answer.body
    connection, response = dashboard.stream("/v1/live", token)
    found["GET /v1/live"] = edge_of(response)[1]
    connection.close()
    return found


def hashes(node, dashboard):
    """What stands for the spec and the program by itself, as who reads the node's files has it."""
    ((plain, resolution),) = dashboard.query("SELECT spec_hash, resolution FROM revisions")
    contents = [service["content"] for service in json.loads(resolution)["services"].values()]
    kept = [path.name for path in (node.state / "artifacts").iterdir() if path.name[0] != "."]
    assert contents == kept and len(kept) == 1, (contents, kept)
    ((stored,),) = dashboard.query("SELECT spec FROM revisions")
    orders = [path.read_text(errors="replace")
              for path in (node.state / "instances").rglob("orders")]
    configs = re.findall(r"\0x-config=(\w+)\0", "".join(orders))
    assert "hunter2-secret" in stored and len(configs) == 1, orders
    return [plain, *contents, *configs]


def test_nothing_that_can_be_guessed_by(node, dashboard, spec):
    node.deploy(spec=spec)
    secret = [*KEYS, "hunter2-secret", *hashes(node, dashboard)]
    found = answers(node, dashboard, dashboard.token("viewer")["token"])
    assert len(found) > 20
    assert [(path, text) for path, body in found.items() for text in secret
            if text.encode() in body] == []


def test_what_rules_match_is_for_operators(node, dashboard, spec):
    node.deploy(spec=spec)
    for role, sees in {"viewer": False, "operator": True, "admin": True}.items():
        found = answers(node, dashboard, dashboard.token(role)["token"])
        for path in ("GET /v1/projects/{project}", "GET /v1/live",
                     "GET /v1/projects/{project}/revisions/{revision}"):
            for key in KEYS:
                assert (key.encode() in found[path]) == sees, (role, path, found[path])
            assert b"X-Preview" in found[path] and b"/v2/*" in found[path]


def words(path, keys):
    header, cookie, query = keys
    return f"path {path}; header Cookie: {cookie}; header X-Preview: {header}; query preview={query}"


def test_each_stream_goes_on_with_what_its_role_sees(node, dashboard, spec):
    node.deploy(spec=spec)
    streams = {role: dashboard.stream("/v1/live", dashboard.token(role)["token"])
               for role in ("viewer", "operator", "admin")}
    masked = ("********",) * 3

    def told(role, path, keys):
        """What comes until the rule is that of the path."""
        seen = b""
        while True:
            edge, lines = edge_of(streams[role][1])
            seen += lines
            if any(path in when for when in when_of(edge)):
                shown = words(path, masked if role == "viewer" else keys)
                assert when_of(edge) == [shown], role
                return seen

    shown = (KEYS[0], f"*preview={KEYS[1]}*", KEYS[2])
    for role in streams:
        assert (KEYS[0].encode() in told(role, "/v2/*", shown)) == (role != "viewer")
    port = spec["x-slipway"]["listeners"]["edge"]["address"].split(":")[1]
    new = ("n3w-header", "n3w-cookie", "n3w-query")
    node.deploy(spec=with_rules(spec, port, "/v3/*", new))
    for role in streams:
        seen = told(role, "/v3/*", (new[0], f"*preview={new[1]}*", new[2]))
        assert (b"n3w" in seen) == (role != "viewer")
    for connection, _ in streams.values():
        connection.close()


def test_plans_are_named_by_the_node(node, dashboard, slipway, spec):
    """Equal plans are called the same, and no other node calls them so."""
    names = ("to_hash", "contents_hash", "observed_hash")

    def plan(node, **body):
        made = node.call("POST", "/v1/projects/shop/plan", {"kind": "up", **body})
        return [made[name] for name in names]

    other = Node(slipway)
    try:
        first = plan(node, spec=spec)
        assert plan(node, spec=spec) == first
        for one, same in zip(first, plan(other, spec=spec)):
            assert one != same
    finally:
        other.close()
    spec["services"]["web"]["environment"]["DB_PASSWORD"] = "hunter3-secret"
    changed = plan(node, spec=spec)
    assert changed[0] != first[0] and changed[2] == first[2]
    # Nor by the key that tokens are sealed with: what is made with one is no use for the other.
    key = dashboard.query("SELECT value FROM secrets WHERE name = 'fingerprint key'")[0][0]
    assert bytes.fromhex(key) != dashboard.key()
    observed = hmac.new(key.encode(), b"{}", hashlib.sha256).hexdigest()[:32]
    assert first[2] == observed


def test_the_name_of_a_plan_outlives_control(node, dashboard, spec):
    def names():
        made = node.call("POST", "/v1/projects/shop/plan", {"kind": "up", "spec": spec})
        return made["to_hash"], made["contents_hash"]

    node.deploy(spec=spec)
    before = names()
    node.kill_control()
    dashboard.wait_open()
    assert names() == before

# SPDX-License-Identifier: Apache-2.0
"""Each role may do what the table of routes says, and no more."""

import json

import pytest

from support.dashboard import routes

RANKS = {"VIEWER": 1, "OPERATOR": 2, "ADMIN": 3}


def example(path):
    for name, value in {"{project}": "shop", "{deploy}": "1", "{revision}": "1", "{instance}": "x",
                        "{service}": "web", "{image}": "x", "{group}": "g", "{target}": "t",
                        "{token}": "0000000000000000"}.items():
        path = path.replace(name, value)
    assert "{" not in path, f"give an example for {path}"
    return path


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_a_role_ends_where_the_table_says(node, dashboard, role):
    node.deploy(spec=node.spec("1", replicas=1))
    token = dashboard.token(role)["token"]
    pid = node.control()
    before = node.call("GET", "/v1/projects/shop/deploys")
    refused = 0
    for route in routes():
        if RANKS[route.role] <= RANKS[role.upper()]:
            continue
        body = "{}" if route.method in ("POST", "PUT") else None
        answer = dashboard.ask(route.method, example(route.path), token, body)
        assert answer.status == 403, route
        assert answer.message == (
            f"this needs the role {route.role.lower()}; the token's is {role}"), route
        refused += 1
    assert refused >= 10
    assert node.control() == pid and node.process.poll() is None
    assert node.call("GET", "/v1/projects/shop/deploys") == before


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_what_a_role_may_ask_is_answered(node, dashboard, role):
    """Every GET of the table, and never with an error of the server's."""
    node.deploy(spec=node.spec("1", replicas=1))
    token = dashboard.token(role)["token"]
    for route in routes():
        if route.method != "GET" or RANKS[route.role] > RANKS[role.upper()]:
            continue
        if route.path == "/v1/live":
            continue  # a stream without an end
        answer = dashboard.ask("GET", example(route.path), token)
        if route.path == "/v1/images" and b"no Docker Engine answers" in answer.body:
            continue
        assert answer.status in (200, 404), (route, answer.body)
        assert answer.headers.get("Content-Security-Policy"), route


def test_viewers_change_nothing(node, dashboard):
    """Neither by any route nor by any body."""
    spec = node.spec("1", replicas=1)
    node.deploy(spec=spec)
    token = dashboard.token("viewer")["token"]
    for kind in ("up", "down", "rollback", "scale", "image", "start", "stop", "restart", "rm"):
        answer = dashboard.ask("POST", "/v1/projects/shop/deploys", token,
                               {"kind": kind, "revision": 1})
        assert answer.status == 403, kind
    assert dashboard.ask("POST", "/v1/projects/shop/plan", token, {"kind": "up", "spec": spec}
                         ).status == 403
    answer = dashboard.ask("POST", "/v1/projects/shop/plan", token, {"kind": "up", "revision": 1})
    assert answer.status == 200, answer.body


def test_operators_do_what_can_be_undone(node, dashboard):
    spec = node.spec("1", replicas=1)
    node.deploy(spec=spec)
    token = dashboard.token("operator", "otto")["token"]

    def add(**body):
        return dashboard.ask("POST", "/v1/projects/shop/deploys", token, body)

    for body in ({"kind": "up", "spec": spec}, {"spec": spec}, {"kind": "up"}, {"kind": "down"},
                 {"kind": "down", "options": {"forget": True}}, {"kind": "heal"}, {"kind": "x"},
                 {"kind": "rollback", "revision": 1, "spec": spec},
                 {"kind": "rm", "options": {"remove": ["volumes"]}},
                 {"kind": "rm", "options": {"remove": 1}}):
        assert add(**body).status == 403, body
    for body in ({"kind": "scale", "options": {"scale": {"web": 2}}},
                 {"kind": "rollback", "revision": 1}, {"kind": "up", "revision": 1},
                 {"kind": "restart", "options": {"services": ["web"]}},
                 {"kind": "stop", "options": {"services": ["web"]}},
                 {"kind": "start", "options": {"services": ["web"]}}):
        answer = add(author="root", **body)
        assert answer.status == 202, (body, answer.body)
        result, _ = node.result(answer.json()["deploy"])
        assert result["state"] == "done", (body, result)
    deploys = node.call("GET", "/v1/projects/shop/deploys")["deploys"]
    assert [deploy["author"] for deploy in deploys][:6] == ["otto"] * 6


def test_the_socket_says_who_deploys(node):
    node.call("POST", "/v1/projects/shop/deploys",
              {"kind": "up", "spec": node.spec("1", replicas=1), "author": "anna@build1"}, 202)
    assert node.call("GET", "/v1/projects/shop/deploys")["deploys"][0]["author"] == "anna@build1"


def test_secrets_are_for_admins(node, dashboard):
    spec = node.spec("1", replicas=1, environment={"DB_PASSWORD": "hunter2-secret"})
    spec["services"]["web"]["command"] += ["--api-key=hunter2-secret", "--token", "hunter2-secret"]
    node.deploy(spec=spec)
    tokens = {role: dashboard.token(role)["token"] for role in ("viewer", "operator", "admin")}
    for role, token in tokens.items():
        for path in ("/v1/projects/shop", "/v1/projects/shop/revisions/1"):
            answer = dashboard.ask("GET", path, token)
            assert answer.status == 200, answer.body
            if path.endswith("1") or role != "admin":
                assert b"hunter2-secret" not in answer.body, (role, path)
        answer = dashboard.ask("GET", "/v1/projects/shop/revisions/1?secrets=1", token)
        assert answer.status == (200 if role == "admin" else 403)
        assert (b"hunter2-secret" in answer.body) == (role == "admin")
        answer = dashboard.ask("POST", "/v1/projects/shop/plan", token,
                               {"kind": "up", "revision": 1})
        assert answer.status == 200 and b"hunter2-secret" not in answer.body, (role, answer.body)


def test_secrets_of_what_is_only_routed_are_for_admins(node, dashboard):
    """A project that was given to the edge alone is kept as it came."""
    text = {"name": "plain", "configs": {"page": {"content": "hunter2-secret"}}}
    node.call("PUT", "/v1/projects/plain", text)
    for role in ("viewer", "operator", "admin"):
        answer = dashboard.ask("GET", "/v1/projects/plain", dashboard.token(role)["token"])
        assert answer.status == 200 and b"page" in answer.body, answer.body
        assert (b"hunter2-secret" in answer.body) == (role == "admin")


def test_plans_do_not_tell_secrets(node, dashboard):
    for number in "12":
        node.deploy(spec=node.spec(number, replicas=1,
                                   environment={"DB_PASSWORD": f"hunter{number}-secret"}))
    token = dashboard.token("viewer")["token"]
    answer = dashboard.ask("POST", "/v1/projects/shop/plan", token, {"kind": "up", "revision": 1})
    assert answer.status == 200 and b"secret" not in answer.body, answer.body
    for path in ("/v1/events", "/v1/instances", "/v1/projects", "/v1/projects/shop/deploys",
                 "/v1/projects/shop/revisions", "/v1/audit"):
        answer = dashboard.ask("GET", path, dashboard.token("operator")["token"])
        assert answer.status == 200 and b"-secret" not in answer.body, answer.body


def test_an_admin_may_do_all_of_it(node, dashboard):
    token = dashboard.token("admin", "ada")["token"]
    answer = dashboard.ask("POST", "/v1/projects/shop/deploys", token,
                           {"kind": "up", "spec": node.spec("1", replicas=1)})
    assert answer.status == 202, answer.body
    result, _ = node.result(answer.json()["deploy"])
    assert result["state"] == "done"
    made = dashboard.ask("POST", "/v1/tokens", token,
                         {"role": "viewer", "name": "v", "expires_s": 60})
    assert made.status == 201
    assert dashboard.ask("GET", "/v1/session", made.json()["token"]).status == 200
    assert dashboard.ask("DELETE", f"/v1/tokens/{made.json()['id']}", token).status == 200
    assert dashboard.ask("DELETE", "/v1/projects/shop", token).status == 200


def test_actions_on_targets(node, dashboard):
    node.deploy(spec=node.spec("1", replicas=2))
    target = node.call("GET", "/v1/targets")["targets"][0]
    path = f"/v1/targets/{target['group']}/{target['id']}"
    body = json.dumps({"action": "weight", "weight": 50})
    assert dashboard.ask("POST", path, dashboard.token("viewer")["token"], body).status == 403
    assert dashboard.ask("POST", path, dashboard.token("operator")["token"], body).status == 200
    entry = dashboard.audit()[0]
    assert entry["detail"] == f"weight 50 shop/web/{target['address']}"
    assert entry["role"] == "operator"

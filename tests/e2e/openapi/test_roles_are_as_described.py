# SPDX-License-Identifier: Apache-2.0
"""By the dashboard's address each operation asks for the role that the document gives it."""

import http.client
import json

import pytest

from support.openapi import ROLES
from support.ports import free_port

NAMES = {"project": "nothing", "instance": "a", "deploy": 77, "revision": 1, "service": "web",
         "group": "a", "target": "a", "image": "a", "token": "nothing"}
BODIES = {"addDeploy": {"kind": "rollback", "revision": 1}, "planDeploy": {"revision": 1}}


class Door:
    """The dashboard's address, and who asks there."""

    def __init__(self, api):
        self.api = api
        self.port = free_port()
        body = json.dumps({"address": f"127.0.0.1:{self.port}"})
        api.call("openDashboard", body=body)
        self.tokens = {role: api.call("createToken", 201, body=json.dumps(
            {"role": role, "name": role, "expires_s": 600})) for role in ROLES}

    def ask(self, operation, token=None, headers=None, target=None):
        """The status; what is said is checked."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = dict(headers or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        body = json.dumps(BODIES.get(operation.id, {})) if operation.method != "GET" else None
        connection.request(operation.method, target or operation.target(NAMES), body, headers)
        response = connection.getresponse()
        if response.getheader("Content-Type") == "text/event-stream":
            text = b""
        else:
            text = response.read()
        if response.status >= 400:
            self.api.document.check_answer(operation, response.status,
                                           response.getheader("Content-Type"), text)
        connection.close()
        return response, text


@pytest.fixture
def door(api):
    return Door(api)


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_roles_are_as_described(door, role):
    token = door.tokens[role]["token"]
    for operation in door.api.document.operations.values():
        response, text = door.ask(operation, token)
        needed = operation.raw["x-role"]
        if ROLES.index(needed) > ROLES.index(role):
            assert response.status == 403, (operation, response.status, text)
            assert needed in json.loads(text)["error"]["message"]
        else:
            assert response.status not in (401, 403), (operation, response.status, text)


def test_bodies_may_ask_for_more(door):
    """A deploy of a spec, a plan of one, and secrets are an admin's."""
    add = door.api.document.operations["addDeploy"]
    plan = door.api.document.operations["planDeploy"]
    revision = door.api.document.operations["getRevision"]
    for operation, body, role in (
        (add, {"kind": "up", "spec": {}}, "operator"), (add, {"spec": {}}, "operator"),
        (add, {"kind": "down"}, "operator"), (plan, {"spec": {}}, "operator"),
        (plan, {"spec": {}}, "viewer"), (add, {"kind": "rollback", "revision": 1}, "viewer"),
    ):
        BODIES[operation.id], before = body, BODIES[operation.id]
        response, text = door.ask(operation, door.tokens[role]["token"])
        BODIES[operation.id] = before
        assert response.status == 403, (operation, body, role, response.status, text)
    response, text = door.ask(revision, door.tokens["operator"]["token"],
                              target=revision.target(NAMES, {"secrets": 1}))
    assert response.status == 403, text


def test_without_a_good_token_there_is_nothing(door):
    good = door.tokens["admin"]["token"]
    revoked = door.tokens["viewer"]
    door.api.call("revokeToken", token=revoked["id"])
    for operation in door.api.document.operations.values():
        for token in (None, "", "x", good[:-1], good + "A", revoked["token"]):
            response, text = door.ask(operation, token)
            assert response.status == 401, (operation, token, response.status, text)
            assert response.getheader("WWW-Authenticate", "").startswith("Bearer")
    session = door.api.document.operations["getSession"]
    assert door.ask(session, good)[0].status == 200
    assert b"was revoked" in door.ask(session, revoked["token"])[1]
    assert door.ask(session, good, {"Host": "evil.example"})[0].status == 421
    assert door.ask(session, good, {"Origin": "http://evil.example"})[0].status == 403
    assert door.ask(session, good, {"Sec-Fetch-Site": "cross-site"})[0].status == 403

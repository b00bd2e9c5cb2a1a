# SPDX-License-Identifier: Apache-2.0
"""What anybody does is written down before it is done."""

import json
import sqlite3
import subprocess
import threading

import pytest

from support.dashboard import routes
from support.tree import PATIENCE_SECONDS, wait_until


def test_actions_are_in_it(node, dashboard):
    node.deploy(spec=node.spec("1", replicas=1))
    made = dashboard.token("operator", "otto <b>")
    answer = dashboard.ask("POST", "/v1/projects/shop/deploys", made["token"],
                           {"kind": "rollback", "revision": 1})
    assert answer.status == 202
    node.result(answer.json()["deploy"])
    answer = dashboard.ask("POST", "/v1/projects/shop/deploys", made["token"], {"kind": "down"})
    assert answer.status == 403  # by what it says
    assert dashboard.ask("DELETE", "/v1/projects/shop", made["token"]).status == 403  # by the route
    assert dashboard.ask("GET", "/v1/projects", made["token"]).status == 200

    def entries():
        found = dashboard.audit()
        return found if len(found) >= 6 and None not in [e["status"] for e in found[:5]] else None

    found = wait_until(entries, "the audit", lambda: str(dashboard.audit()))
    told = [(entry["method"], entry["path"], entry["detail"], entry["status"], entry["via"])
            for entry in found]
    assert told == [
        ("DELETE", "/v1/projects/shop", "", 403, "dashboard"),
        ("POST", "/v1/projects/shop/deploys", "down", 403, "dashboard"),
        ("POST", "/v1/projects/shop/deploys", "rollback to revision 1", 202, "dashboard"),
        ("POST", "/v1/tokens", "operator for otto <b>", 201, "socket"),
        ("POST", "/v1/projects/shop/deploys", "up", 202, "socket"),
        ("PUT", "/v1/dashboard", dashboard.address, 200, "socket"),
    ]
    by_token, by_socket = found[0], found[3]
    assert by_token["name"] == "otto <b>" and by_token["role"] == "operator"
    assert by_token["token"] == made["id"]
    assert by_socket["role"] == "admin" and by_socket["token"] is None and by_socket["name"]
    sequences = [entry["sequence"] for entry in found]
    assert sequences == sorted(sequences, reverse=True)
    page = node.call("GET", f"/v1/audit?after={sequences[2]}")["entries"]
    assert [entry["sequence"] for entry in page] == sequences[:2]
    page = node.call("GET", f"/v1/audit?before={sequences[2]}&limit=2")["entries"]
    assert [entry["sequence"] for entry in page] == sequences[3:5]
    for limit in ("0", "99999999", "-1", "x"):
        assert node.call("GET", f"/v1/audit?limit={limit}")["entries"] is not None


def test_every_action_of_the_table_is_written_down(node, dashboard):
    token = dashboard.token("admin")["token"]
    before = len(dashboard.audit())
    done = []
    for route in routes():
        if route.flags != "ACTION" or route.path in ("/v1/shutdown", "/v1/dashboard"):
            continue
        path = route.path.replace("{project}", "none").replace("{", "").replace("}", "")
        answer = dashboard.ask(route.method, path, token, "{}")
        assert answer.status not in (401, 403, 405), (route, answer.body)
        done.append((route.method, path))
    found = dashboard.audit()[:len(dashboard.audit()) - before]
    assert [(entry["method"], entry["path"]) for entry in reversed(found)] == done
    assert {"POST", "PUT", "DELETE"} == {method for method, _ in done}
    for route in routes():
        if route.method in ("PUT", "DELETE"):
            assert route.flags == "ACTION", route


def test_it_is_written_before_it_is_done(node, dashboard):
    """While it cannot be written, as another has the store, nothing happens; and what was written
    when control was killed is there with no status."""
    token = dashboard.token("admin")["token"]
    blocker = sqlite3.connect(node.state / "slipway.db", timeout=PATIENCE_SECONDS,
                              isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    outcome = []

    def ask():
        try:
            outcome.append(dashboard.ask("DELETE", "/v1/dashboard", token).status)
        except OSError as error:
            outcome.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(20):
        assert dashboard.ask("GET", "/v1/dashboard", token).json()["address"] == dashboard.address
    assert outcome == []
    blocker.execute("COMMIT")
    thread.join(PATIENCE_SECONDS)
    blocker.close()
    assert node.call("GET", "/v1/dashboard") == {"address": None}
    assert dashboard.audit()[0]["method"] == "DELETE"


def test_an_action_that_control_did_not_survive_is_there(node, dashboard):
    token = dashboard.token("admin")["token"]
    node.deploy(spec=node.spec("1", replicas=1))
    count = len(dashboard.audit())
    instance = node.instances()[0]["name"]
    connection = dashboard.connection()
    connection.request("POST", f"/v1/projects/shop/instances/{instance}/exec",
                       json.dumps({"command": ["sleep", "1000"]}),
                       {"Authorization": f"Bearer {token}"})
    rows = "SELECT count(*) FROM audit"
    wait_until(lambda: dashboard.query(rows)[0][0] > count, "the entry")
    node.kill_control()
    connection.close()
    wait_until(lambda: len(dashboard.audit()) > count, "the audit")
    entry = dashboard.audit()[0]
    assert entry["path"].endswith("/exec") and entry["detail"] == "sleep"


@pytest.fixture
def unwritable(node, dashboard):
    """What makes the store take no more entries; why does not matter to those who wait for it."""
    def spoil():
        with sqlite3.connect(node.state / "slipway.db", timeout=PATIENCE_SECONDS) as database:
            database.execute("ALTER TABLE audit RENAME TO audit_away")
    return spoil


def test_what_cannot_be_written_down_is_not_done(node, dashboard, unwritable):
    token = dashboard.token("admin")["token"]
    unwritable()
    answer = dashboard.ask("DELETE", "/v1/dashboard", token)
    assert answer.status == 503
    assert answer.message.startswith("nothing was done, as it cannot be written down: ")
    assert dashboard.ask("GET", "/v1/dashboard", token).json()["address"] == dashboard.address
    assert node.call("DELETE", "/v1/dashboard") == {"address": None}  # by the socket it is
    assert "DELETE /v1/dashboard by " in node.log() and "is not in the audit" in node.log()


def test_long_things_are_cut(node, dashboard):
    token = dashboard.token("admin", "ü" * 64)["token"]
    path = "/v1/projects/" + "p" * 3000
    assert dashboard.ask("DELETE", path, token).status in (400, 404)
    dashboard.ask("POST", "/v1/projects/none/deploys", token,
                  {"kind": "restart", "options": {"services": ["ü" * 150, "x"]}})
    dashboard.ask("POST", "/v1/projects/none/deploys", token, {"kind": "ü" * 100000})
    found = dashboard.audit()
    assert found[2]["path"] == path[:1024] and found[2]["name"] == "ü" * 64
    assert found[1]["detail"] == "restart " + "ü" * 96
    assert len(found[0]["detail"].encode()) <= 200


def test_viewers_may_not_read_it(dashboard):
    assert dashboard.ask("GET", "/v1/audit", dashboard.token("viewer")["token"]).status == 403
    assert dashboard.ask("GET", "/v1/audit", dashboard.token("operator")["token"]).status == 200


def test_refusals_do_not_push_out_what_was_done(node, dashboard):
    """A viewer who only knocks keeps neither the disk busy nor others from working."""
    node.deploy(spec=node.spec("1", replicas=1))
    viewer, operator = dashboard.token("viewer", "vera"), dashboard.token("operator", "otto")
    connection = dashboard.connection()
    for _ in range(300):
        connection.request("DELETE", "/v1/projects/shop",
                           headers={"Authorization": f"Bearer {viewer['token']}"})
        response = connection.getresponse()
        assert response.status == 403 and response.read()
    connection.close()
    assert dashboard.ask("POST", "/v1/logs/reopen", operator["token"]).status == 200
    entries = dashboard.audit()
    assert entries[0]["name"] == "otto"
    assert 60 <= sum(entry["name"] == "vera" for entry in entries) < 250
    assert node.log().count("not in the audit: there are too many") == 1


def test_a_terminal_obeys_nothing_of_it(node, dashboard):
    """What somebody wrote into a request, as the command line prints it."""
    hostile = "\x1b]0;x\x07 \x7f \x9b31m \u202e <b>"
    dashboard.ask("POST", "/v1/projects/shop/deploys", dashboard.token("operator")["token"],
                  {"kind": "restart", "options": {"services": [hostile]}})
    for words in (["audit"], ["audit", "--json"]):
        ran = subprocess.run([node.slipway, *words], env=node.environment, capture_output=True,
                             check=True)
        text = ran.stdout.decode()
        assert "<b>" in text
        assert not set("\x1b\x07\x7f\x9b\u202e") & set(text), text
    assert hostile in json.loads(text)["entries"][0]["detail"]

# SPDX-License-Identifier: Apache-2.0
"""A token counts while it is sealed by this node, known to it, not revoked and not expired."""

import json
import time

import pytest

from support.dashboard import HEADER, b64, unb64
from support.tree import wait_until


def claims_of(token):
    return json.loads(unb64(token.split(".")[1]))


def test_a_token_lets_in(node, dashboard):
    made = dashboard.token("operator", "Anna Ünal")
    assert made["role"] == "operator" and made["name"] == "Anna Ünal"
    header, payload, _ = made["token"].split(".")
    assert unb64(header) == HEADER
    claims = json.loads(unb64(payload))
    assert claims["exp"] - claims["iat"] == 3600
    assert {**claims, "iat": 0, "exp": 0} == {"iss": "slipway", "jti": made["id"], "iat": 0,
                                             "exp": 0, "sub": "Anna Ünal", "role": "operator"}
    session = dashboard.ask("GET", "/v1/session", made["token"]).json()
    assert session["name"] == "Anna Ünal" and session["role"] == "operator"
    assert session["token"] == made["id"] and session["expires"] and session["version"]
    own = node.call("GET", "/v1/session")
    assert own["role"] == "admin" and own["token"] is None and own["expires"] is None and own["name"]


def test_without_a_token(dashboard):
    for authorization in (None, "", "Bearer", "Bearer ", "Basic YTpi", "bearer"):
        headers = {"Authorization": authorization} if authorization is not None else {}
        answer = dashboard.ask("GET", "/v1/session", **headers)
        assert answer.status == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
    for path in ("/metrics", "/ready", "/nothing", "/v1/projects", "/v1/live", "/index.html"):
        assert dashboard.ask("GET", path).status == 401, path


def test_what_was_changed_is_refused(dashboard):
    made = dashboard.token("viewer")
    token = made["token"]
    header, payload, signature = token.split(".")
    claims = claims_of(token)
    known = dashboard.forge(claims)
    assert dashboard.ask("GET", "/v1/session", known).status == 200  # forging itself works
    now = int(time.time())
    bad = [
        f"{header}.{b64(json.dumps({**claims, 'role': 'admin'}).encode())}.{signature}",
        f"{header}.{payload}.", f"{header}.{payload}", f"{header}..{signature}", payload, "a.b.c",
        f"{b64(b'{}')}.{payload}.{signature}", token + "A", token[:-1], token + "=", token.upper(),
        f"{b64(json.dumps({'alg': 'none'}).encode())}.{payload}.",
        f"{b64(json.dumps({'alg': 'none', 'typ': 'JWT'}).encode())}.{payload}.{signature}",
        dashboard.forge(claims, b'{"alg":"none"}'),
        dashboard.forge(claims, b'{"alg":"RS256","typ":"JWT"}'),
        dashboard.forge(claims, b'{"typ":"JWT","alg":"HS256"}'),
        dashboard.forge(claims, b'{"alg": "HS256", "typ": "JWT"}'),
        dashboard.forge(claims, b'{"alg":"HS256","typ":"JWT","kid":"x"}'),
        dashboard.forge(claims, key=b"\0" * 32), dashboard.forge(claims, key=b"secret"),
        dashboard.forge({**claims, "jti": "0123456789abcdef"}),
        dashboard.forge({**claims, "jti": claims["jti"].upper() + "x"}),
        dashboard.forge({**claims, "jti": ""}), dashboard.forge({**claims, "jti": 7}),
        dashboard.forge({**claims, "role": "admin"}), dashboard.forge({**claims, "sub": "root"}),
        dashboard.forge({**claims, "iss": "somebody"}), dashboard.forge({**claims, "exp": -1}),
        dashboard.forge({**claims, "exp": "9999999999"}), dashboard.forge([]),
        dashboard.forge({key: claims[key] for key in claims if key != "exp"}),
        dashboard.forge({**claims, "more": "x" * 2000}) + "x" * 3000,
    ]
    for text in bad:
        answer = dashboard.ask("GET", "/v1/session", text)
        assert answer.status == 401 and answer.message == "the token is not valid", text
    answer = dashboard.ask("GET", "/v1/session", dashboard.forge({**claims, "exp": now - 1}))
    assert answer.status == 401 and answer.message == "the token has expired"
    assert dashboard.ask("GET", "/v1/session", token).status == 200


def test_the_table_counts_too(node, dashboard):
    """One that the node has no row of, or whose row has expired, is refused, whatever it says."""
    made = dashboard.token()
    other = dashboard.token()
    node.stop()
    dashboard.query("DELETE FROM tokens WHERE id = ?", made["id"])
    dashboard.query("UPDATE tokens SET expires = 1000 WHERE id = ?", other["id"])
    node.start()
    dashboard.wait_open()
    answer = dashboard.ask("GET", "/v1/session", made["token"])
    assert answer.status == 401 and answer.message == "the token is not valid"
    answer = dashboard.ask("GET", "/v1/session", other["token"])
    assert answer.status == 401 and answer.message == "the token has expired"


def test_a_revoked_token_is_refused_at_once(node, dashboard):
    made = dashboard.token()
    assert dashboard.ask("GET", "/v1/session", made["token"]).status == 200
    gone = node.call("DELETE", f"/v1/tokens/{made['id']}")
    assert gone["id"] == made["id"] and gone["revoked"]
    answer = dashboard.ask("GET", "/v1/session", made["token"])
    assert answer.status == 401 and answer.message == "the token was revoked"
    again = node.call("DELETE", f"/v1/tokens/{made['id']}")
    assert again["revoked"] == gone["revoked"]
    node.kill_control()
    dashboard.wait_open()
    assert dashboard.ask("GET", "/v1/session", made["token"]).message == "the token was revoked"
    for unknown in ("0000000000000000", "x", "a" * 300, "..%2f", "%00"):
        connection, response = node.request("DELETE", f"/v1/tokens/{unknown}")
        assert response.status in (400, 404), unknown
        connection.close()


@pytest.mark.parametrize("path", ["/v1/events?follow=1", "/v1/live"])
def test_a_stream_ends_with_its_token(node, dashboard, path):
    made, other = dashboard.token("viewer"), dashboard.token("viewer")
    if dashboard.ask("HEAD", path, made["token"]).status == 404:
        pytest.skip(f"{path} is not served yet")
    ending, _ = dashboard.stream(path, made["token"])
    staying, _ = dashboard.stream(path, other["token"])
    node.call("DELETE", f"/v1/tokens/{made['id']}")
    ending.sock.settimeout(10)
    try:
        while ending.sock.recv(65536):
            pass
    except ConnectionResetError:
        pass
    staying.sock.setblocking(False)
    try:
        while True:
            assert staying.sock.recv(65536) != b"", "the other one ended too"
    except BlockingIOError:
        pass
    ending.close()
    staying.close()


def test_a_conversation_ends_with_its_token(node, dashboard):
    """A connection that has become something else than HTTP is ended too."""
    node.deploy(spec=node.spec("1", replicas=1))
    made = dashboard.token("admin")
    instance = node.instances()[0]["name"]
    connection = dashboard.connection()
    connection.request("POST", f"/v1/projects/shop/instances/{instance}/exec",
                       json.dumps({"command": ["sleep", "1000"]}),
                       {"Authorization": f"Bearer {made['token']}", "Connection": "Upgrade",
                        "Upgrade": "slipway-stream"})
    connection.sock.settimeout(15)
    start = connection.sock.recv(4096)
    assert start.startswith(b"HTTP/1.1 101 "), start
    node.call("DELETE", f"/v1/tokens/{made['id']}")
    try:
        while connection.sock.recv(4096):
            pass
    except ConnectionResetError:
        pass
    connection.close()


def test_a_stream_ends_when_its_token_expires(node, dashboard):
    made = dashboard.token("viewer")
    node.stop()
    dashboard.query("UPDATE tokens SET expires = ? WHERE id = ?", int(time.time()) + 6, made["id"])
    node.start()
    dashboard.wait_open()
    connection, _ = dashboard.stream("/v1/events?follow=1", made["token"])
    connection.sock.settimeout(20)
    try:
        while connection.sock.recv(65536):
            pass
    except ConnectionResetError:
        pass
    connection.close()
    assert dashboard.ask("GET", "/v1/session", made["token"]).message == "the token has expired"


@pytest.mark.parametrize("body, said", [
    ({"role": "viewer", "name": "a" * 65, "expires_s": 60}, "name"),
    ({"role": "viewer", "name": "", "expires_s": 60}, "name"),
    ({"role": "viewer", "expires_s": 60}, "name"),
    ({"role": "viewer", "name": 5, "expires_s": 60}, "name"),
    ({"role": "viewer", "name": "a\nb", "expires_s": 60}, "name"),
    ({"role": "viewer", "name": "a\u202eb", "expires_s": 60}, "name"),
    ({"role": "root", "name": "a", "expires_s": 60}, "role"),
    ({"name": "a", "expires_s": 60}, "role"),
    ({"role": "viewer", "name": "a"}, "expires_s"),
    ({"role": "viewer", "name": "a", "expires_s": 59}, "expires_s"),
    ({"role": "viewer", "name": "a", "expires_s": 366 * 86400 + 1}, "expires_s"),
    ({"role": "viewer", "name": "a", "expires_s": -5}, "expires_s"),
    ({"role": "viewer", "name": "a", "expires_s": "60"}, "expires_s"),
    ({"role": "viewer", "name": "a", "expires_s": 2 ** 62}, "expires_s"),
])
def test_what_cannot_be_a_token(node, body, said):
    connection, response = node.request("POST", "/v1/tokens", body)
    assert response.status == 400
    assert said in json.loads(response.read())["error"]["message"]
    connection.close()
    assert node.call("GET", "/v1/tokens")["tokens"] == []


def test_names_come_back_as_they_are(node, dashboard):
    names = ["<script>alert(1)</script>", "\"quoted\" \\ 'x'", "ü" * 64, "a&b</title>", "日本語"]
    for name in names:
        made = dashboard.token("viewer", name)
        answer = dashboard.ask("GET", "/v1/session", made["token"])
        assert answer.json()["name"] == name
        assert answer.headers["Content-Type"] == "application/json"
    found = node.call("GET", "/v1/tokens")["tokens"]
    assert [token["name"] for token in found] == names[::-1]
    assert all("token" not in token for token in found)
    assert node.call("GET", "/v1/tokens")["tokens"][0]["revoked"] is None


def test_the_secrets_are_for_the_owner_alone(node, dashboard):
    made = dashboard.token()
    assert (node.state / "slipway.db").stat().st_mode & 0o077 == 0
    signature = made["token"].split(".")[2].encode()
    for path in node.folder.rglob("*"):
        if path.is_file():
            assert signature not in path.read_bytes(), f"the token is in {path}"
    assert (node.state / "dashboard").stat().st_mode & 0o077 == 0


def test_refusals_are_told_once_a_minute(node, dashboard):
    for _ in range(30):
        assert dashboard.ask("GET", "/v1/session", "nonsense").status == 401
    lines = [line for line in node.log().splitlines() if "without a good token" in line]
    assert len(lines) == 1
    assert dashboard.audit()[-1]["path"] == "/v1/dashboard"  # the opening
    assert not [entry for entry in dashboard.audit() if entry["status"] == 401]
    wait_until(lambda: dashboard.audit(), "the audit")


def test_one_token_does_not_take_all_places(node, dashboard):
    viewer, other = dashboard.token("viewer")["token"], dashboard.token("viewer")["token"]
    streams = [dashboard.stream("/v1/live", viewer) for _ in range(24)]
    answer = dashboard.ask("GET", "/v1/session", viewer)
    assert answer.status == 503
    assert answer.message == "too many requests at once with this token"
    connection, _ = dashboard.stream("/v1/live", other)
    connection.close()
    for connection, response in streams:
        response.close()
        connection.close()
    wait_until(lambda: dashboard.ask("GET", "/v1/session", viewer).status == 200, "a place")

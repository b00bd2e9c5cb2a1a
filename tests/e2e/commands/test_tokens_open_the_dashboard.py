# SPDX-License-Identifier: Apache-2.0
"""dashboard, token and audit: who may look, with what, and what was done."""

import datetime
import json

import pytest

TOKEN = {
    "id": "3f2a91c04be7d658",
    "token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln",
    "name": "anna",
    "role": "viewer",
    "created": "2026-11-21T13:44:11Z",
    "expires": "2026-11-22T01:44:11Z",
}


def ask_for(shell, token=TOKEN):
    shell.daemon.answer("POST /v1/tokens", token, 201)


def in_days(days):
    return in_time(days=days, minutes=1)


def in_time(**delta):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_token_stands_alone(shell):
    ask_for(shell)
    done = shell.run("token", "create", "--role", "viewer", "--name", "anna", "--expires", "30d")
    assert (done.returncode, done.stdout, done.stderr) == (0, TOKEN["token"] + "\n", "")
    assert shell.daemon.requests[-1].json == {
        "role": "viewer", "name": "anna", "expires_s": 30 * 86400}
    done = shell.run("token", "create", "--role", "viewer", "--expires", "1d12h", "--json")
    assert json.loads(done.stdout) == TOKEN
    sent = shell.daemon.requests[-1].json
    assert sent["expires_s"] == 36 * 3600 and "@" in sent["name"]
    shell.run("token", "create", "--role", "admin", "--name", "\u00e4" * 70)
    assert shell.daemon.requests[-1].json == {
        "role": "admin", "name": "\u00e4" * 64, "expires_s": 30 * 86400}


@pytest.mark.parametrize("arguments, message", [
    (["create"], "--role viewer, operator or admin"),
    (["create", "--role", "king"], "--role must be viewer, operator or admin, not 'king'"),
    (["create", "--role", "admin", "--expires", "59s"], "from 1m to 366d"),
    (["create", "--role", "admin", "--expires", "367d"], "from 1m to 366d"),
    (["create", "--role", "admin", "--expires", "-1h"], "from 1m to 366d"),
    (["create", "--role", "admin", "--expires", "30"], "from 1m to 366d"),
    (["create", "--role", "admin", "more"], "unexpected argument 'more'"),
    (["list", "--role", "admin"], "are for create"),
    (["list", "more"], "unexpected argument 'more'"),
    (["revoke"], "revoke ID"),
    (["make"], "ACTION must be create, list or revoke, not 'make'"),
    ([], "token needs an ACTION: create, list or revoke"),
])
def test_wrong_words_are_told(shell, arguments, message):
    done = shell.run("token", *arguments)
    assert done.returncode == 2 and message in done.stderr, done.stderr
    assert shell.daemon.requests == []


def test_tokens_are_listed(shell):
    tokens = [
        {**TOKEN, "expires": in_days(29), "revoked": None},
        {**TOKEN, "id": "b", "role": "admin", "name": "\x1b[2Jmallory", "revoked": None},
        {**TOKEN, "id": "c", "expires": in_days(29), "revoked": "2026-11-21T14:00:00Z"},
        {**TOKEN, "id": "d", "expires": in_days(29), "revoked": True},
        {**TOKEN, "id": "e", "expires": in_days(29), "revoked": False},
    ]
    for token in tokens:
        del token["token"]
    tokens[1]["expires"] = in_days(-3)
    shell.daemon.answer("GET /v1/tokens", {"tokens": tokens})
    lines = [line.split() for line in shell.run("token", "list").stdout.splitlines()]
    assert lines[0] == ["ID", "ROLE", "STATE", "AGE", "EXPIRES", "NAME"]
    assert lines[1][:3] == ["3f2a91c04be7d658", "viewer", "good"]
    assert lines[1][4:] == ["in", "29d", "anna"]
    assert lines[2][:3] == ["b", "admin", "expired"]
    assert lines[2][5:] == ["ago", "\\x1b[2Jmallory"]
    assert [line[2] for line in lines[3:]] == ["revoked", "revoked", "good"]
    assert json.loads(shell.run("--json", "token", "list").stdout) == {"tokens": tokens}


def test_what_is_left_is_told_to_the_nearest(shell):
    left = [{"hours": 11, "minutes": 59}, {"days": 29, "hours": 23}, {"minutes": 29, "seconds": 50}]
    tokens = [{**TOKEN, "expires": in_time(**delta), "revoked": None} for delta in left]
    shell.daemon.answer("GET /v1/tokens", {"tokens": tokens})
    lines = [line.split() for line in shell.run("token", "list").stdout.splitlines()]
    assert [line[5] for line in lines[1:]] == ["12h", "30d", "30m"]


def test_tokens_are_revoked(shell):
    for name in "one", "a%2Fb":
        shell.daemon.answer(f"DELETE /v1/tokens/{name}", TOKEN)
    done = shell.run("token", "revoke", "one", "a/b")
    assert (done.returncode, done.stdout) == (0, "one revoked\na/b revoked\n")
    shell.daemon.refuse("DELETE /v1/tokens/other", "there is no token \"other\"", 404)
    done = shell.run("token", "revoke", "other")
    assert (done.returncode, done.stderr) == (1, "slipway: there is no token \"other\"\n")


def test_the_dashboard_is_opened_once(shell):
    ask_for(shell)
    shell.daemon.answer("GET /v1/dashboard", {"address": None})
    shell.daemon.answer("PUT /v1/dashboard", {"address": "127.0.0.1:7070"})
    url = f"http://127.0.0.1:7070/#token={TOKEN['token']}"
    done = shell.run("dashboard")
    assert (done.returncode, done.stdout, done.stderr) == (0, url + "\n", "")
    assert shell.daemon.asked("PUT /v1/dashboard")[-1].json == {"address": "127.0.0.1:7070"}
    sent = shell.daemon.asked("POST /v1/tokens")[-1].json
    assert sent["name"].startswith("dashboard of ") and len(sent["name"]) <= 64
    assert (sent["role"], sent["expires_s"]) == ("admin", 12 * 3600)

    shell.daemon.answer("GET /v1/dashboard", {"address": "127.0.0.1:7071"})
    done = shell.run("dashboard", "--role", "viewer", "--expires", "30m", "--json")
    assert json.loads(done.stdout) == {
        "url": url.replace("7070", "7071"), "address": "127.0.0.1:7071", "token": TOKEN}
    assert len(shell.daemon.asked("PUT /v1/dashboard")) == 1
    sent = shell.daemon.asked("POST /v1/tokens")[-1].json
    assert (sent["role"], sent["expires_s"]) == ("viewer", 1800)

    shell.daemon.answer("PUT /v1/dashboard", {"address": "[::1]:8080"})
    assert shell.run("dashboard", "--address", "[::1]:8080").stdout.startswith("http://[::1]:8080/#")
    assert shell.daemon.asked("PUT /v1/dashboard")[-1].json == {"address": "[::1]:8080"}


def test_who_comes_by_ssh_is_told_of_tunnels(shell):
    ask_for(shell)
    shell.daemon.answer("GET /v1/dashboard", {"address": "127.0.0.1:7071"})
    shell.environment["SSH_CONNECTION"] = "10.0.0.1 5 10.0.0.2 22"
    done = shell.run("dashboard")
    assert "ssh -L 7071:127.0.0.1:7071 " in done.stderr
    assert done.stdout.count("\n") == 1
    assert shell.run("dashboard", "--json").stderr == ""


def test_no_token_is_made_where_nothing_opens(shell):
    ask_for(shell)
    shell.daemon.answer("GET /v1/dashboard", {"address": None})
    shell.daemon.refuse("PUT /v1/dashboard", "127.0.0.1:7070: the address is in use")
    done = shell.run("dashboard")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the address is in use" in done.stderr and "--address" in done.stderr
    assert shell.run("dashboard", "--expires", "x").returncode == 2
    assert shell.daemon.asked("POST /v1/tokens") == []


def test_the_dashboard_is_closed(shell):
    shell.daemon.answer("DELETE /v1/dashboard", {"address": None})
    assert shell.run("dashboard", "--off").stdout == "the dashboard is closed\n"
    assert json.loads(shell.run("dashboard", "--off", "--json").stdout) == {"address": None}
    done = shell.run("dashboard", "--off", "--role", "viewer")
    assert done.returncode == 2 and "--off goes without --role" in done.stderr


def test_the_audit_is_a_table(shell):
    entry = {
        "sequence": 7, "time": "2026-11-21T13:44:11.5Z", "name": "anna", "role": "operator",
        "token": "3f2a91c04be7d658", "via": "dashboard", "method": "POST",
        "path": "/v1/projects/shop/deploys", "detail": "rollback to revision 3", "status": 202,
    }
    entries = [
        entry,
        {**entry, "sequence": 6, "name": "\x1b[2J", "token": None, "via": "socket", "detail": "",
         "status": None},
        {**entry, "sequence": 5, "path": "/v1/shutdown", "detail": None, "status": 403},
    ]
    shell.daemon.answer("GET /v1/audit", {"entries": entries})
    lines = shell.run("audit").stdout.splitlines()
    assert lines[0].split() == ["TIME", "NAME", "ROLE", "VIA", "STATUS", "REQUEST"]
    assert lines[1].split() == ["2026-11-21T13:44:11", "anna", "operator", "dashboard", "202",
                                "POST", "/v1/projects/shop/deploys", "(rollback", "to", "revision",
                                "3)"]
    assert lines[2].split()[1:] == ["\\x1b[2J", "operator", "socket", "-", "POST",
                                    "/v1/projects/shop/deploys"]
    assert lines[3].split()[4:] == ["403", "POST", "/v1/shutdown"]
    assert shell.daemon.requests[-1].query == {"limit": "50"}
    assert json.loads(shell.run("--json", "audit", "-n", "3").stdout) == {"entries": entries}
    assert shell.daemon.requests[-1].query == {"limit": "3"}
    assert shell.run("audit", "-n", "many").returncode == 2


@pytest.mark.parametrize("arguments", [
    ["token", "list"], ["token", "create", "--role", "viewer"], ["token", "revoke", "a"],
    ["dashboard"], ["dashboard", "--off"], ["audit"],
])
def test_without_a_daemon_it_is_said_how_to_start_one(shell, arguments):
    shell.environment["SLIPWAY_RUNTIME_DIR"] = str(shell.folder / "nothing")
    done = shell.run(*arguments)
    assert done.returncode == 1 and "'slipway up'" in done.stderr, done.stderr

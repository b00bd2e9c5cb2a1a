# SPDX-License-Identifier: Apache-2.0
"""A setting that is missing or wrong stops the start, and is named; all of them are."""

import pytest

URLS = {f"{name}_URL": "http://127.0.0.1:1" for name in ("INTEGER", "NUMBER", "COMBINE")}

WRONG = [
    ("integer", {"PORT": "x"}, ["PORT"]),
    ("integer", {"PORT": "0", "MIN": "5", "MAX": "4"}, ["MIN"]),
    ("integer", {"PORT": "0", "MIN": "1.5", "MAX": "9007199254740992"}, ["MIN", "MAX"]),
    ("integer", {}, ["PORT"]),
    ("number", {"PORT": "0", "MIN": "1", "MAX": "1"}, ["MIN"]),
    ("number", {"PORT": "0", "MIN": "nan", "MAX": "inf"}, ["MIN", "MAX"]),
    ("number", {"PORT": "0", "MAX": "1e999"}, ["MAX"]),
    ("number", {"PORT": "0", "MIN": "1", "MAX": "2"}, ["TINY_PERCENT"]),
    ("number", {"PORT": "0", "DIGITS": "0", "TINY_PERCENT": "101"}, ["DIGITS", "TINY_PERCENT"]),
    ("combine", {"PORT": "0"}, ["RULES_FILE"]),
    ("front", {}, ["INTEGER_URL", "NUMBER_URL", "COMBINE_URL", "PORT"]),
    ("front", {"PORT": "0", **URLS, "NUMBER_URL": "ftp://x"}, ["NUMBER_URL"]),
    ("front", {"PORT": "0", **URLS, "NUMBER_URL": "127.0.0.1:80"}, ["NUMBER_URL"]),
    ("front", {"PORT": "0", **URLS, "COMBINE_URL": "http://a/?b"}, ["COMBINE_URL"]),
    ("front", {"PORT": "0", **URLS, "BASE_PATH": "generator"}, ["BASE_PATH"]),
    ("front", {"PORT": "0", **URLS, "BASE_PATH": "/a//b"}, ["BASE_PATH"]),
    ("front", {"PORT": "0", **URLS, "BASE_PATH": '/"><b>'}, ["BASE_PATH"]),
    ("front", {"PORT": "0", **URLS, "BASE_PATH": "//evil.example"}, ["BASE_PATH"]),
    ("front", {"PORT": "0", **URLS, "BASE_PATH": "/{a}"}, ["BASE_PATH"]),
    ("front", {"PORT": "0", **URLS, "HISTORY_SHOWN": "0", "HISTORY_KEPT": "many"},
     ["HISTORY_SHOWN", "HISTORY_KEPT"]),
    ("front", {"PORT": "0", **URLS, "DATABASE_URL": "mysql://x"}, ["DATABASE_URL"]),
]


@pytest.mark.parametrize("name, settings, expected", WRONG)
def test_what_is_wrong_is_named(refused, name, settings, expected):
    named = [message.split(":")[0] for message in refused(name, **settings)]
    assert sorted(named) == sorted(expected)


def test_settings_from_a_file(start, tmp_path):
    (tmp_path / ".env").write_text("MIN=7\nMAX=7\n")
    assert start("integer").ask("GET", "/value").json == {"value": 7}
    assert start("integer", MIN=6, MAX=6).ask("GET", "/value").json == {"value": 6}


def test_services_found_by_host_and_port(start, rules):
    """As Slipway tells processes of each other."""
    services = {"INTEGER": start("integer"), "NUMBER": start("number"),
                "COMBINE": start("combine", RULES_FILE=rules)}
    settings = {}
    for name, service in services.items():
        settings |= {f"{name}_HOST": "127.0.0.1", f"{name}_PORT": service.port}
    assert start("front", **settings).ask("POST", "/api/draw").status == 201


def test_a_database_that_cannot_be_opened(refused, tmp_path):
    messages = refused("front", PORT="0", **URLS, DATABASE_PATH=tmp_path / "no" / "where.db")
    assert len(messages) >= 1 and "where.db" in messages[0]

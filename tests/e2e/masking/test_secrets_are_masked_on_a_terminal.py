# SPDX-License-Identifier: Apache-2.0

import pytest

HIDDEN = ["hunter2", "tok-123", "s3cr3t", "pgpass", "build-token", "config-content"]
SHOWN = ["/run/secrets/pw", "banana", "visible", "postgres://user:", "@db/app"]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_values_are_hidden(on_terminal, form):
    output = on_terminal("config", "--format", form).output
    assert [text for text in HIDDEN if text in output] == []
    assert [text for text in SHOWN if text not in output] == []
    assert "DB_PASSWORD" in output


def test_environment_listing_is_masked_too(on_terminal):
    output = on_terminal("config", "--environment", env={"MY_TOKEN": "tok-999", "SEEN": "here"}).output
    assert "tok-999" not in output and "here" in output and "MY_TOKEN=" in output


def test_show_secrets_shows_them(on_terminal):
    output = on_terminal("config", "--show-secrets").output
    assert [text for text in HIDDEN if text not in output] == []
    env = {"T_TOKEN": "tok-999"}
    assert "tok-999" in on_terminal("config", "--environment", "--show-secrets", env=env).output


def test_empty_secret_stays_empty(on_terminal):
    assert 'EMPTY_PASSWORD: ""' in on_terminal("config").output

# SPDX-License-Identifier: Apache-2.0

import pytest

from support.terminal import run_on_terminal

FILE = """
    services:
      web:
        image: x
        build: {context: ., args: {NPM_TOKEN: build-token}}
        environment:
          DB_PASSWORD: hunter2
          api_token: tok-123
          SECRET_KEY: s3cr3t
          DATABASE_URL: postgres://user:pgpass@db/app
          PASSWORD_FILE: /run/secrets/pw
          MONKEY: banana
          PLAIN: visible
          EMPTY_PASSWORD: ""
    configs: {c: {content: config-content}}
    """
HIDDEN = ["hunter2", "tok-123", "s3cr3t", "pgpass", "build-token", "config-content"]
SHOWN = ["/run/secrets/pw", "banana", "visible", "postgres://user:", "@db/app"]


@pytest.fixture
def secretive(project):
    project.compose(FILE)
    return project


@pytest.fixture
def on_terminal(secretive):
    def run(*arguments, **options):
        return run_on_terminal(secretive, *arguments, **options)

    return run

# SPDX-License-Identifier: Apache-2.0
"""Native services find each other by name, as containers do; without privileges by variables."""

import sys

import pytest

from support.own_view import WHY_NOT, can_have_own_view
from support.stack import wait_until

ASK = """
import http.client, os, sys, time
host, port = sys.argv[1:]
while True:
    try:
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        connection.request("GET", "/")
        print("answer", connection.getresponse().read().decode(), flush=True)
    except OSError as problem:
        print("problem", problem, flush=True)
    time.sleep(0.05)
"""


def answers(stack):
    lines = stack.passes("logs", "client").splitlines()
    return {line.split("answer ", 1)[1].strip() for line in lines if "answer " in line}


def run(stack, *place):
    stack.write_program("v1")
    script = " ".join(place)
    services = {
        "data-api": stack.native(stack.program, expose=["8000"], deploy={"replicas": 2}),
        "client": stack.native(
            "/bin/sh", "-c", f"exec {sys.executable} -c '{ASK}' {script}", depends_on=["data-api"]
        ),
    }
    stack.write({"name": stack.name, "services": services})
    stack.up()
    expected = {f"v1 {one}" for one in stack.ids("data-api")}
    assert len(expected) == 2
    wait_until(lambda: answers(stack) == expected, "answers of both", lambda: str(answers(stack)))


@pytest.mark.skipif(not can_have_own_view(), reason=WHY_NOT)
def test_by_name(stack):
    run(stack, "data-api", "8000")


def test_by_variables(stack):
    run(stack, "$${DATA_API_HOST}", "$${DATA_API_PORT}")

# SPDX-License-Identifier: Apache-2.0
"""Whoever pastes what the demo prints gets what it says."""

import json
import shlex

from support.demo import INTERRUPT


def check_all(demos, demo):
    assert " 204 " in demo.put().splitlines()[0]
    assert json.loads(demo.get())["message"].startswith("Hello, Anna!")
    page = demos.says(f"curl -si {demo.page}")
    assert page.startswith("HTTP/1.1 200 ") and "<html" in page
    assert "404" in demos.says(f"curl -si {demo.page}nothing").splitlines()[0]

    url, token = demo.dashboard
    dashboard = demos.says(f"curl -si --compressed {url}")
    assert dashboard.startswith("HTTP/1.1 200 ") and "<html" in dashboard
    assert "401" in demos.says(f"curl -si {url}v1/session").splitlines()[0]
    session = demos.says(f"curl -s -H 'Authorization: Bearer {token}' {url}v1/session")
    assert json.loads(session)["role"] == "admin"

    replicas = []
    for command in demo.commands:
        demos.says(command.replace("logs -f", "logs"))
        listed = demos.says(f"{shlex.quote(shlex.split(command)[0])} ps --names")
        replicas.append(listed.count("birthday"))
    assert demo.commands and max(replicas) == 5 and replicas[-1] == 3


def test_all_lines(demos):
    demo = demos.start().ready()
    check_all(demos, demo)
    demo.press(INTERRUPT)
    said = demo.ends(0)
    assert said.splitlines()[-1].startswith("stopped: nothing of it runs any more")


def test_all_lines_without_root(demos_of_somebody):
    demos = demos_of_somebody
    demo = demos.start().ready()
    check_all(demos, demo)
    demo.press(INTERRUPT)
    demo.ends(0)

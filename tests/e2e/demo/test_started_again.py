# SPDX-License-Identifier: Apache-2.0

import os
import signal

from support.demo import INTERRUPT, READY


def test_a_second_one_shows_the_first(demos):
    first = demos.start().ready()
    second = demos.start()
    said = second.process.wait(30), second.text
    assert said[0] == 0 and f"runs already (process {first.pid})" in said[1]
    assert second.curls == first.curls and second.commands == first.commands
    assert second.page == first.page
    url, token = second.dashboard
    assert '"admin"' in demos.says(f"curl -s -H 'Authorization: Bearer {token}' {url}v1/session")
    first.put()
    first.press(INTERRUPT)
    first.ends(0)


def test_after_a_kill(demos):
    first = demos.start().ready()
    first.put()
    os.kill(first.pid, signal.SIGKILL)
    first.process.wait(10)
    second = demos.start().ready()
    assert "an earlier run was killed" in second.text
    assert second.page == first.page
    assert "Hello, Anna" in second.get()
    second.press(INTERRUPT)
    second.ends(0)


def test_after_a_kill_in_the_middle_of_the_start(demos):
    file = demos.tree / "apps" / "compose.yaml"
    right = file.read_text()
    health = "number: {service: number, health: {path: "
    assert health in right
    file.write_text(right.replace(f"{health}/healthz", f"{health}/never"))
    first = demos.start().until("wait until number is healthy")
    os.kill(first.pid, signal.SIGKILL)
    first.process.wait(10)
    file.write_text(right)
    second = demos.start().ready()
    second.press(INTERRUPT)
    second.ends(0)


def test_what_was_stored_stays(demos):
    first = demos.start().ready()
    first.put()
    first.press(INTERRUPT)
    first.ends(0)
    second = demos.start().ready()
    assert "Hello, Anna" in second.get()
    assert READY in second.text and "killed" not in second.text
    second.press(INTERRUPT)
    second.ends(0)

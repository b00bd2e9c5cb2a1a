# SPDX-License-Identifier: Apache-2.0

import re
import subprocess
import threading

from played_events import plan, result, step


def follow(shell, window, events, **environment):
    shell.daemon.deploys("shop", events)
    shell.environment.update({"TERM": "xterm", **environment})
    return shell.start(
        "up", stdin=window.follower, stdout=window.follower, stderr=subprocess.PIPE
    )


def frames(text):
    """What was drawn, each time: a list of lines."""
    return [part.splitlines() for part in re.split(rb"\r?(?:\x1b\[\d+A\x1b\[J)", text)]


def test_fifty_services_stay_within_the_screen(shell, window):
    drawn = threading.Event()

    def events(request):
        yield {"type": "started", "kind": "up", "to": 4}
        yield plan(*[("await", f"service-with-a-long-name-{i}") for i in range(1, 51)])
        for number in range(1, 51):
            yield step(number, "begun")
        for number in range(1, 51):
            yield {"type": "progress", "id": number, "text": "x" * 300}
        drawn.wait(20)
        yield step(50, "failed", message="no")
        yield result("failed")

    window.resize(12, 60)
    process = follow(shell, window, events)
    window.read_until(b"50 under way")
    window.read_until(b"more")
    drawn.set()
    errors = process.stderr.read().decode()
    assert process.wait(20) == 1
    window.read_until(b"failed=1")
    for lines in frames(window.text)[1:-1]:
        assert len(lines) <= 11, lines
        for line in lines:
            assert len(re.sub(rb"\x1b\[[0-9;]*m", b"", line)) < 60, line
    assert "wait until service-with-a-long-name-50-1 is healthy: " in errors


def test_nothing_of_it_is_left_at_the_end(shell, window):
    process = follow(shell, window, [plan(("start", "api")), step(1, "begun"), step(1, "done"), result()])
    assert process.wait(20) == 0
    window.read_until(b"failed=0")
    last = frames(window.text)[-1]
    assert b"steps" not in b"".join(last)


def test_a_terminal_that_cannot_move_gets_lines(shell, window):
    process = follow(
        shell,
        window,
        [plan(("await", "api")), step(1, "begun"), step(1, "done"), result()],
        TERM="dumb",
    )
    assert process.wait(20) == 0
    window.read_until(b"failed=0")
    assert b"shop: wait until api-1 is healthy: done\r\n" in window.text
    assert b"\x1b" not in window.text


def test_without_colours_it_still_moves(shell, window):
    process = follow(
        shell,
        window,
        [plan(("await", "api")), step(1, "begun"), step(1, "done"), result()],
        NO_COLOR="1",
    )
    assert process.wait(20) == 0
    window.read_until(b"failed=0")
    assert re.search(rb"\x1b\[[0-9;]*m", window.text) is None

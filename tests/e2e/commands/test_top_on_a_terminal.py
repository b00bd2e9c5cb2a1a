# SPDX-License-Identifier: Apache-2.0

import json
import os
import pty
import select
import signal
import subprocess
import termios

import pytest

WAIT = 20  # seconds, for what takes milliseconds


class Screen:
    def __init__(self, node, *arguments):
        self.leader, follower = pty.openpty()
        self.before = termios.tcgetattr(follower)
        self.follower = follower
        self.text = b""
        self.process = subprocess.Popen(
            [node.slipway, "top", *arguments],
            cwd=node.folder,
            env={**node.environment, "TERM": "xterm"},
            stdin=follower,
            stdout=follower,
            stderr=subprocess.PIPE,
        )

    def read_until(self, part):
        while part not in self.text:
            ready, _, _ = select.select([self.leader], [], [], WAIT)
            assert ready, self.text
            self.text += os.read(self.leader, 65536)

    def ended(self):
        """Its exit status, and whether the terminal is as it was."""
        self.read_until(b"\x1b[?1049l")
        status = self.process.wait(WAIT)
        return status, termios.tcgetattr(self.follower) == self.before

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(WAIT)
        self.process.stderr.close()
        os.close(self.leader)
        os.close(self.follower)


@pytest.fixture
def screen(node):
    node.start("serve", "-f", "lb.yaml")
    screen = Screen(node, "--interval", "100ms")
    yield screen
    screen.close()


def test_it_is_drawn_anew(node, screen):
    screen.read_until(b"GROUP AND TARGET")
    first = len(screen.text)
    screen.read_until(b"\x1b[?1049h")
    screen.text = screen.text[first:]
    screen.read_until(b"\x1b[H")
    screen.read_until(b"web")


@pytest.mark.parametrize("key", [b"q", b"\x03", b"\x04"])
def test_a_key_ends_it(screen, key):
    screen.read_until(b"GROUP AND TARGET")
    os.write(screen.leader, key)
    assert screen.ended() == (0, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_the_terminal_is_given_back(screen, number):
    screen.read_until(b"GROUP AND TARGET")
    screen.process.send_signal(number)
    assert screen.ended() == (0, True)


def test_a_crash_gives_the_terminal_back(screen):
    screen.read_until(b"GROUP AND TARGET")
    screen.process.send_signal(signal.SIGSEGV)
    status, restored = screen.ended()
    assert status != 0 and restored


def test_the_daemons_end_is_told_after_the_screen(node, screen):
    screen.read_until(b"GROUP AND TARGET")
    node.end(node.processes[0])
    assert screen.ended() == (1, True)
    told = screen.process.stderr.read()
    # The second one where it was just being asked.
    assert b"no daemon runs here" in told or b"the daemon went away" in told, told


def test_programs_get_json(node):
    node.start("serve", "-f", "lb.yaml")
    lines = node.run("top", "--json", "-n", "2", "-i", "100ms").stdout.splitlines()
    assert len(lines) == 2
    assert [group["group"] for group in json.loads(lines[1])["groups"]] == ["web"]

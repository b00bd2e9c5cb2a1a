# SPDX-License-Identifier: Apache-2.0
"""Runs where standard output or standard error is a terminal."""

import os
import pty
import subprocess
import threading


class Screen:
    """A terminal of our own; what is printed on it can be read once it is closed."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        self.data = b""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        while True:
            try:
                part = os.read(self.ours, 65536)
            except OSError:  # the last of the other side has gone
                return
            if not part:
                return
            self.data += part

    def close(self):
        os.close(self.theirs)
        self.reader.join()
        os.close(self.ours)
        return self.data.decode("utf-8", "replace").replace("\r\n", "\n")


def run_on_terminal(project, *arguments, output=True, errors=False, env=None, **options):
    """The result, with what went to the terminal in its place."""
    env = {"TERM": "xterm", **(env or {})}
    screen = Screen()
    try:
        result = project.run(
            *arguments,
            env=env,
            stdout=screen.theirs if output else subprocess.PIPE,
            stderr=screen.theirs if errors else subprocess.PIPE,
            **options,
        )
    finally:
        shown = screen.close()
    if output:
        result.output = shown
    if errors:
        result.errors = shown
    return result

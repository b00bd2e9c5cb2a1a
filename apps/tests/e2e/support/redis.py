# SPDX-License-Identifier: Apache-2.0
"""A Redis server of the tests' own, from Debian's package. It keeps nothing on the disk."""

import shutil
import subprocess

import pytest

from support.tools import free_port, new_folder, unprivileged, until


class Redis:
    def __init__(self, *options):
        self.program = shutil.which("redis-server")
        if self.program is None:
            pytest.skip("no Redis here: apt-get install redis-server")
        self.folder = new_folder("redis")
        self.port = free_port()
        self.options = options
        self.process = None

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", self.folder, *self.options],
            stdout=subprocess.DEVNULL, cwd=self.folder, **unprivileged())
        until(lambda: "PONG" in self._run("ping"), "Redis to answer")

    def _run(self, *command):
        done = subprocess.run(["redis-cli", "-p", str(self.port), *command], capture_output=True,
                              text=True, check=False)
        return done.stdout.strip()

    def command(self, *words):
        return self._run(*words)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)
            self.process = None

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder)

# SPDX-License-Identifier: Apache-2.0
"""script/demo in a copy of the tree, on a terminal, with programs that are built already."""

import fcntl
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import termios
import threading
import time
from pathlib import Path

from support.binary import REPOSITORY
from support.project import SANITIZERS

PATIENCE_SECONDS = 90
INTERRUPT = b"\x03"
READY = "Ctrl-C stops all of it"
GENERATOR = ("integer", "number", "combine", "front")
PARTS = ("birthday/birthday", *(f"generator/{each}" for each in GENERATOR))


class Demos:
    """A copy of the tree in a folder that anybody may enter, and what runs from it."""

    def __init__(self, slipway, apps, space, user=None, variant="demo", docker_host=None):
        self.space = space
        self.user = user
        self.variant = variant
        self.docker_host = docker_host
        self.folder = Path(tempfile.mkdtemp(prefix="demo-", dir="/tmp"))
        self.tree = self.folder / "the tree"
        self.slipway = self.folder / "slipway"
        self.apps = self.folder / "apps"
        self.started = []
        self.folder.chmod(0o755)
        for name in ("script", "apps"):
            shutil.copytree(REPOSITORY / name, self.tree / name, symlinks=True)
        shutil.copy2(slipway, self.slipway)
        for part in PARTS:
            (self.apps / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(apps / part, self.apps / part)
        if user is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, user, user, follow_symlinks=False)

    @property
    def environment(self):
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TERM": "xterm",
                     "SLIPWAY_EDGE_THREADS": "2", **SANITIZERS}
        if self.docker_host:
            variables["DOCKER_HOST"] = self.docker_host
        return variables

    def words(self, *words):
        """As that user, in that network."""
        as_user = []
        if self.user is not None:
            as_user = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        return [*self.space.prefix, *as_user, *map(str, words)]

    def start(self, *options):
        command = self.words("script/demo", *options, "--slipway", self.slipway, "--apps", self.apps)
        demo = Demo(self, command)
        self.started.append(demo)
        return demo

    def run(self, line, timeout=30):
        """What somebody pastes into another terminal."""
        return subprocess.run(
            self.words("sh", "-c", line), cwd=self.tree, env=self.environment, timeout=timeout,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def says(self, line):
        done = self.run(line)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    def left(self):
        """Processes that have to do with the copy: {process: command}."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            if self._is_ours(entry):
                found[int(entry.name)] = (entry / "comm").read_text().strip()
        return found

    def _is_ours(self, entry):
        folder = str(self.folder)
        try:
            command = (entry / "cmdline").read_text(errors="replace")
            return command != "" and (  # of one that has ended
                folder in command
                or folder in os.readlink(entry / "cwd")
                or folder in os.readlink(entry / "exe")
                or folder in (entry / "environ").read_text(errors="replace")
            )
        except (OSError, ValueError):
            return False

    def close(self):
        for demo in self.started:
            demo.close()
        for _ in range(3):
            for pid in self.left():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        logs = [path.read_text(errors="replace") for path in self.tree.glob("build/*/daemon.log")]
        shutil.rmtree(self.folder, ignore_errors=True)
        for sign in ("Sanitizer", "runtime error:", "Assertion"):
            assert not any(sign in log for log in logs), logs


class Demo:
    """One of them, on a terminal of its own."""

    def __init__(self, demos, command):
        self.demos = demos
        self.data = b""
        self.ours, theirs = pty.openpty()
        self.wake, self.waker = os.pipe()
        self.process = subprocess.Popen(
            command, cwd=demos.tree, env=demos.environment, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        # A terminal stays as long as somebody reads it, so that is not done blindly.
        while self.wake not in select.select([self.ours, self.wake], [], [])[0]:
            try:
                part = os.read(self.ours, 65536)
            except OSError:
                return
            if not part:
                return
            self.data += part

    @property
    def text(self):
        """What was printed, without what was printed over."""
        text = self.data.decode("utf-8", "replace").replace("\r\n", "\n")
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", re.sub(r"[^\n]*\r", "", text))

    @property
    def pid(self):
        """Of the process that looks after all of it."""
        return int((self.demos.tree / "build" / self.demos.variant / "lock").read_text())

    def until(self, text):
        end = time.monotonic() + PATIENCE_SECONDS
        while text not in self.text:
            assert time.monotonic() < end and (self.reader.is_alive() or text in self.text), self.text
            time.sleep(0.02)
        return self

    def ready(self):
        return self.until(READY)

    def press(self, keys):
        os.write(self.ours, keys)

    def hang_up(self):
        os.write(self.waker, b"x")
        self.reader.join()
        os.close(self.ours)
        self.ours = None

    def ends(self, status=0):
        """With nothing left of it."""
        assert self.process.wait(PATIENCE_SECONDS) == status, self.text
        if self.ours is not None:
            self.reader.join(5)
        left = self.demos.left()
        assert not left, self.text
        assert "had to be killed" not in self.text
        return self.text

    # What it printed

    @property
    def indented(self):
        return [line.strip() for line in self.text.splitlines() if line.startswith("    ")]

    @property
    def curls(self):
        return [line for line in self.indented if line.startswith("curl ")]

    @property
    def commands(self):
        """Lines for slipway, without what explains them."""
        return [line.partition("  #")[0].rstrip() for line in self.indented if "bin/slipway" in line]

    @property
    def page(self):
        return next(line for line in self.indented if re.fullmatch(r"http://[^/]+/", line))

    @property
    def dashboard(self):
        """Where it is, and the token for it."""
        line = next(line for line in self.indented if "#token=" in line)
        return tuple(line.split("#token="))

    def put(self):
        return self.demos.says(next(line for line in self.curls if "PUT" in line))

    def get(self):
        return self.demos.says(next(line for line in self.curls if "PUT" not in line))

    def close(self):
        if self.process.poll() is None:
            try:  # in order, so that nothing is left of an engine
                os.kill(self.pid, signal.SIGTERM)
                self.process.wait(PATIENCE_SECONDS)
            except (OSError, ValueError, subprocess.TimeoutExpired):
                pass
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.ours is not None:
            self.hang_up()
        os.close(self.wake)
        os.close(self.waker)


def find_apps():
    """What is built of the example services; APPS names it. None where nothing is."""
    folder = Path(os.environ.get("APPS", REPOSITORY / "build" / "apps"))
    return folder if all((folder / part).exists() for part in PARTS) else None


def build_apps(folder):
    for words in (["meson", "setup", folder, REPOSITORY / "apps", "-Dtests=disabled"],
                  ["ninja", "-C", folder]):
        done = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        assert done.returncode == 0, f"{shlex.join(map(str, words))}:\n{done.stdout}{done.stderr}"
    return folder

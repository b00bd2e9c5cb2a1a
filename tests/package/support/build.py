# SPDX-License-Identifier: Apache-2.0
"""The package, built as a user builds it; and others made of it, for upgrades."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# What is kept between runs lies here, under a name that says of what it was made.
KEPT = ROOT / "build" / "package-test"
NOT_PACKAGED = {"tests", "bench", "build", "node_modules", "__pycache__", ".git"}


def _sources():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(name for name in folders
                            if name not in NOT_PACKAGED and not name.startswith("build-"))
        for name in sorted(files):
            yield Path(folder) / name


def _key():
    """Of all that goes into the package: the tree, and what it is built with."""
    found = hashlib.sha256()
    for path in _sources():
        if path.is_symlink():
            content = os.readlink(path).encode()
        else:
            content = path.read_bytes()
        mode = os.lstat(path).st_mode & 0o111
        found.update(f"{path.relative_to(ROOT)} {mode} {len(content)}\n".encode() + content)
    tools = ["gcc", "meson", "dpkg-dev", "debhelper", "lintian", "scdoc", "libssl-dev", "libc6-dev",
             "libsqlite3-dev", "libyaml-dev", "libjansson-dev", "libseccomp-dev", "libxxhash-dev"]
    found.update(subprocess.run(["dpkg-query", "-W", *tools], capture_output=True).stdout)
    return found.hexdigest()[:24]


class Built:
    def __init__(self, folder):
        self.folder = folder
        self.file = next(folder.glob("slipway_*.deb"))
        self.report = (folder / "report").read_text()

    def control(self, field):
        command = ["dpkg-deb", "--field", str(self.file), field]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def contents(self):
        """{path: (mode, owner)}"""
        command = ["dpkg-deb", "--contents", str(self.file)]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = {}
        for line in lines.splitlines():
            mode, owner, _, _, _, path = line.split(None, 5)
            found[path.removeprefix(".").split(" -> ")[0]] = (mode, owner)
        return found

    def read(self, path):
        command = f"dpkg-deb --fsys-tarfile '{self.file}' | tar -xO '.{path}'"
        return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout

    def changed(self, folder, version, change=None):
        """One of another version, of the same files but for what the function changes."""
        tree = folder / f"tree-{version}"
        subprocess.run(["dpkg-deb", "--raw-extract", str(self.file), str(tree)], check=True)
        control = tree / "DEBIAN" / "control"
        control.write_text(re.sub("^Version: .*", f"Version: {version}", control.read_text(),
                                  flags=re.M))
        if change is not None:
            change(tree)
        file = folder / f"slipway_{version}.deb"
        # Small work for the compressor: it is for one use.
        subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", str(tree), str(file)],
                       check=True, capture_output=True)
        shutil.rmtree(tree)
        return file


def build():
    KEPT.mkdir(parents=True, exist_ok=True)
    with open(KEPT / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = KEPT / f"package-{_key()}"
        if not (folder / "report").is_file():
            for old in KEPT.glob("package-*"):
                shutil.rmtree(old)
            folder.mkdir()
            command = [ROOT / "script" / "package", "--output", folder]
            # What it is that is packaged is tested elsewhere: it need not be the fastest.
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd="/",
                                  env={**os.environ, "DEB_CFLAGS_APPEND": "-O1 -g1"})
            assert done.returncode == 0, done.stderr
            assert done.stdout.strip() == str(next(folder.glob("slipway_*.deb"))), done.stdout
            (folder / "report").write_text(done.stderr)
        return Built(folder)

# SPDX-License-Identifier: Apache-2.0
"""A bare Debian 12 with systemd, as a container's image. What it is made of names its file, so a
kept one is never one of another recipe."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile

from support.build import KEPT

SUITE = "bookworm"
# systemd and what it wants to be asked; what the package depends on; a service, and a load.
PACKAGES = ["systemd", "systemd-sysv", "dbus", "init-system-helpers", "python3-minimal",
            "libpython3-stdlib", "libyaml-0-2", "libjansson4", "libxxhash0", "libssl3",
            "libseccomp2", "libsqlite3-0", "procps"]
LEFT_OUT = ["./var/cache/apt/archives/*.deb", "./var/lib/apt/lists/*", "./dev/*", "./proc/*",
            "./usr/share/doc/*", "./usr/share/locale/*"]
IMAGE = "slipway.test/debian"


class Unavailable(Exception):
    pass


def _mirror():
    """The one that this machine has its packages from: it may be the only one that it reaches."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", f"Codename: {SUITE}"]
    lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    return lines[0] if lines else "http://deb.debian.org/debian"


def _make(file):
    if os.geteuid() != 0:
        raise Unavailable("only root can make a bare Debian")
    if shutil.which("debootstrap", path=os.environ["PATH"] + ":/usr/sbin") is None:
        raise Unavailable("debootstrap is not installed")
    folder = tempfile.mkdtemp(prefix="slipway-debian.", dir=KEPT)
    try:
        command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE,
                   folder, _mirror()]
        done = subprocess.run(command, capture_output=True, text=True,
                              env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
        if done.returncode != 0:
            raise Unavailable("debootstrap failed: " + "\n".join(done.stdout.splitlines()[-5:]))
        unfinished = file.with_suffix(".new")
        subprocess.run(["tar", "-C", folder, *(f"--exclude={path}" for path in LEFT_OUT),
                        "--one-file-system", "-cf", unfinished, "."], check=True)
        unfinished.rename(file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def tar_file():
    KEPT.mkdir(parents=True, exist_ok=True)
    recipe = repr((SUITE, PACKAGES, LEFT_OUT))
    file = KEPT / f"debian-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.tar"
    with open(KEPT / "debian.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.is_file():
            for old in KEPT.glob("debian-*.tar"):
                old.unlink()
            _make(file)
    return file


def import_into(engine):
    with open(tar_file(), "rb") as tar:
        done = engine.run(["docker", "import", "--change", 'CMD ["/lib/systemd/systemd"]', "-", IMAGE],
                          stdin=tar, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

# SPDX-License-Identifier: Apache-2.0
"""Waiting, ports, and a user without rights to run servers as."""

import os
import pwd
import shutil
import socket
import tempfile
import time
from pathlib import Path

DEADLINE_S = 30

keepers = []


def until(condition, what, deadline_s=DEADLINE_S):
    """What the condition gives, once that is true."""
    end = time.monotonic() + deadline_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s} s for {what}")
        time.sleep(0.01)


def free_port():
    """A socket that does not listen stands on it, so that the system gives it to nobody else."""
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    keepers.append(keeper)
    return keeper.getsockname()[1]


def unprivileged():
    """Arguments for Popen: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def new_folder(name):
    folder = Path(tempfile.mkdtemp(prefix=f"apps-{name}-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    return folder

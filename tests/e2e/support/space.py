# SPDX-License-Identifier: Apache-2.0
"""A network of a test session's own (where it may make one), so that addresses and ports collide with
nobody's; and everything in it can be found and ended."""

import ctypes
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

from support.ports import free_port

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class Space:
    """Without a process of another network: the one that everybody has, as for who is not root."""

    def __init__(self, pid=None):
        self.pid = pid
        self.prefix = [] if pid is None else ["nsenter", f"--net=/proc/{pid}/ns/net", "--"]
        self.lock = threading.Lock()
        self.taken = 0

    def socket(self):
        """Belongs to the network that its thread was in when it was made."""
        if self.pid is None:
            return socket.socket()
        with open("/proc/thread-self/ns/net") as own, open(f"/proc/{self.pid}/ns/net") as other:
            enter(other)
            try:
                return socket.socket()
            finally:
                enter(own)

    def connect(self, address, timeout):
        connection = self.socket()
        try:
            connection.settimeout(timeout)
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection

    def free_port(self):
        with self.lock:
            if self.pid is not None:
                self.taken += 1
                return 10000 + self.taken
        return free_port()

    def processes(self):
        """Of everything that lives in it, but for what holds it."""
        if self.pid is None:
            return []
        mine = os.readlink(f"/proc/{self.pid}/ns/net")
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == self.pid:
                continue
            try:
                if os.readlink(entry / "ns/net") == mine:
                    found.append(int(entry.name))
            except OSError:
                pass
        return found


def end_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def enter(space):
    if LIBC.setns(space.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class PrivateSpace(Space):
    def __init__(self):
        if os.geteuid() != 0:
            self.holder = None
            super().__init__()
            return
        script = "ip link set lo up && echo up && exec sleep infinity"
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        assert self.holder.stdout.readline() == "up\n", "no network of its own"
        super().__init__(self.holder.pid)

    def close(self):
        if self.holder is None:
            return
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()

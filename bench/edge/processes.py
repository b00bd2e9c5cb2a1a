# SPDX-License-Identifier: Apache-2.0
"""Processes of the benchmark: started, asked for their CPU time and memory, and ended for certain.

What any of them starts becomes a child of this process when its parent ends, so that nothing gets
away: neither the old workers of a reload nor processes that were meant to outlive their parent."""

import ctypes
import os
import signal
import subprocess
import time

PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def strays():
    """Processes below this one that belong to no child that still runs."""
    known = {os.getpid()}
    for child in Child.running:
        known |= set(tree_of(child.pid))
    return set(tree_of(os.getpid())) - known


def reap(*others):
    """Those that became ours; the others are waited for by whoever started them."""
    mine = {process.pid for process in Child.running} | set(others)
    for pid in children_of(os.getpid()):
        if pid in mine:
            continue
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass


def children_of(pid):
    found = []
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task), encoding="ascii") as file:
                found += [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def tree_of(pid):
    """The process and all below it."""
    found = [pid]
    for child in children_of(pid):
        found += tree_of(child)
    return found


def command_line(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return [part.decode("utf-8", "replace") for part in file.read().split(b"\0")]
    except (FileNotFoundError, ProcessLookupError):
        return []


def cpu_ns(pids):
    """User and system time of all threads, those that have ended too, to the nanosecond: what /proc
    shows is in ticks of 10 ms. The clock of a process is numbered as clock_getcpuclockid does."""
    total = 0
    for pid in pids:
        try:
            total += time.clock_gettime_ns((~pid << 3) | 2)
        except OSError:
            pass
    return total


def waited_ns(pids):
    """How long their threads could have run and did not, as the CPU was somebody else's."""
    total = 0
    for pid in pids:
        try:
            for task in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/schedstat" % (pid, task), encoding="ascii") as file:
                    total += int(file.read().split()[1])
        except (OSError, IndexError):
            pass
    return total


def memory(pids):
    """Bytes: proportional share, and what is private."""
    total = {"pss": 0, "private": 0}
    for pid in pids:
        try:
            with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
                for line in file:
                    name, _, rest = line.partition(":")
                    if name == "Pss":
                        total["pss"] += int(rest.split()[0]) * 1024
                    elif name in ("Private_Clean", "Private_Dirty"):
                        total["private"] += int(rest.split()[0]) * 1024
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Child:
    """A program on one CPU (None: on any), its errors in a file."""

    running = []

    def __init__(self, command, cpu, log, environment=None, piped=False):
        if cpu is not None:
            command = ["taskset", "-c", str(cpu)] + command
        self.log = log
        pipe = subprocess.PIPE if piped else subprocess.DEVNULL
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe if piped else errors, stderr=errors,
                env=environment, start_new_session=True, text=piped)
        self.pid = self.process.pid
        Child.running.append(self)

    def has_ended(self):
        return self.process.poll() is not None

    def last_words(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                lines = [line.strip() for line in file if line.strip()]
        except FileNotFoundError:
            lines = []
        return lines[-1][:300] if lines else "it said nothing"

    def stop(self, grace_s=3.0):
        """Asks it to end, then makes it: all that was below it, and what has lost its parent."""
        if self not in Child.running:
            return
        if self.process.poll() is None:
            send(self.pid, signal.SIGTERM)
        until = time.monotonic() + grace_s
        while time.monotonic() < until and self.process.poll() is None:
            time.sleep(0.005)
        Child.running.remove(self)
        for _ in range(3):
            for pid in strays():  # it is one itself by now
                send(pid, signal.SIGKILL)
            time.sleep(0.005)
            reap(self.pid)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        reap()


def stop_all():
    for child in list(Child.running):
        child.stop(grace_s=0.5)
    for _ in range(20):  # what got away from its parent is a child of ours by now
        left = [pid for pid in tree_of(os.getpid()) if pid != os.getpid()]
        if not left:
            return
        for pid in left:
            send(pid, signal.SIGKILL)
        time.sleep(0.02)
        reap()

# SPDX-License-Identifier: Apache-2.0
"""The notify protocol and the descriptors kept, with a service manager played in Python."""

import array
import os
import signal
import socket
import threading
import time

import pytest

from support.tree import Load, wait_until


class Manager:
    """It reads all the time, as a socket may hold no more than ten messages."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.lines = []
        self.kept = {}
        self.lock = threading.RLock()
        self.is_over = threading.Event()
        self.listener = threading.Thread(target=self.listen)
        self.listener.start()

    def listen(self):
        while not self.is_over.wait(0.002):
            self.hear()

    def hear(self):
        with self.lock:
            return self.hear_all()

    def hear_all(self):
        while True:
            try:
                data, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(64))
            except BlockingIOError:
                return self.lines
            values = dict(line.split("=", 1) for line in data.decode().splitlines())
            fds = array.array("i")
            for _, _, content in ancillary:
                fds.frombytes(content)
            self.lines += data.decode().splitlines()
            if "FDSTORE" in values:
                assert len(fds) == 1 and ":" not in values["FDNAME"]
                self.kept.setdefault(values["FDNAME"], []).extend(fds)
            elif "FDSTOREREMOVE" in values:
                for fd in self.kept.pop(values["FDNAME"], []):
                    os.close(fd)

    def count(self, line):
        return sum(heard.startswith(line) for heard in self.hear())

    def expect(self, line, count=1):
        wait_until(lambda: self.count(line) >= count, line, lambda: "\n".join(self.lines))

    def restart_options(self):
        """What a service gets that is started again: its descriptors from 3 on."""
        names = [name for name, fds in self.kept.items() for _ in fds]
        fds = [fd for fds in self.kept.values() for fd in fds]

        def prepare():
            apart = [os.dup2(fd, 200 + number) for number, fd in enumerate(fds)]
            for number, fd in enumerate(apart):
                os.dup2(fd, 3 + number)
                os.close(fd)
            os.environ["LISTEN_PID"] = str(os.getpid())

        return prepare, {"LISTEN_FDS": str(len(fds)), "LISTEN_FDNAMES": ":".join(names)}

    def close(self):
        self.is_over.set()
        self.listener.join()
        self.hear()
        for fds in self.kept.values():
            for fd in fds:
                os.close(fd)
        self.socket.close()


@pytest.fixture
def manager(tree):
    manager = Manager(tree.folder)
    tree.environment["NOTIFY_SOCKET"] = manager.path
    yield manager
    manager.close()


def test_ready_reloading_stopping(tree, manager):
    process = tree.serve()
    manager.expect("READY=1")
    process.send_signal(signal.SIGHUP)
    manager.expect("RELOADING=1")
    manager.expect("MONOTONIC_USEC=")
    manager.expect("READY=1", 2)
    process.send_signal(signal.SIGTERM)
    manager.expect("STOPPING=1")
    tree.ends(process)


def test_ready_waits_for_the_first_configuration(tree, manager):
    tree.write(default="{forward: nobody}")
    tree.ends(tree.launch("serve", "-f", str(tree.file)), 1)
    assert manager.count("READY=1") == 0


def test_watchdog_needs_edge_and_control(tree, manager):
    tree.serve(environment={"WATCHDOG_USEC": "2000000"})
    manager.expect("READY=1")
    manager.expect("WATCHDOG=1", 3)
    for pid in (tree.edge, tree.control):
        os.kill(pid, signal.SIGSTOP)
        time.sleep(1.2)  # one may be on its way
        before = manager.count("WATCHDOG=1")
        time.sleep(2.5)
        assert manager.count("WATCHDOG=1") == before
        os.kill(pid, signal.SIGCONT)
        manager.expect("WATCHDOG=1", before + 2)


def start_again(tree, manager):
    """As a manager does, by a shell, which knows the number that LISTEN_PID has to have."""
    prepare, environment = manager.restart_options()
    before = tree.log().count("info: ready\n")
    slipway = tree.slipway
    tree.slipway = "/bin/sh"
    process = tree.launch(
        "-c",
        'export LISTEN_PID=$$; exec "$0" "$@"',
        str(slipway),
        "serve",
        "-f",
        str(tree.file),
        environment=environment,
        preexec_fn=prepare,
        close_fds=False,
    )
    tree.slipway = slipway
    wait_until(
        lambda: manager.hear() and tree.log().count("info: ready\n") > before,
        "the daemon",
        tree.log,
    )
    return process


def test_all_killed_and_started_again_with_the_kept_descriptors(tree, manager):
    process = tree.serve()
    manager.expect("READY=1")
    manager.expect("FDNAME=certificates.")
    pids = [process.pid, tree.edge, tree.control]
    os.kill(process.pid, signal.SIGSTOP)
    for pid in reversed(pids):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    manager.hear()
    # The socket is still there: who connects waits.
    assert not tree.is_refused()
    start_again(tree, manager)
    assert tree.get() == (200, b"ok")


def test_killed_alone_it_takes_over_from_the_edge(tree, manager):
    process = tree.serve()
    manager.expect("READY=1")
    edge, control = tree.edge, tree.control
    with Load(tree.port) as load:
        process.kill()
        process.wait()
        # Control leaves it to the manager.
        wait_until(lambda: control not in tree.ours(), "the end of control", tree.log)
        manager.hear()
        load.goes_on()
        start_again(tree, manager)
        load.goes_on()
    assert load.failures == []
    assert tree.edge == edge
    assert edge in tree.ours()

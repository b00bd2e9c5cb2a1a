# SPDX-License-Identifier: Apache-2.0
"""An edge that finishes its connections after an upgrade goes by what is changed meanwhile: its
requests do not go to targets that are gone."""

import signal
import socket
import threading

from support.raw import PAUSE_SECONDS
from support.tree import PATIENCE_SECONDS, Origin, wait_until

REQUEST = b"GET / HTTP/1.1\r\nHost: lb\r\n"


class Kept:
    """A connection that asks again and again on it, and never anew unless it was told to."""

    def __init__(self, port):
        self.port = port
        self.socket = None

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)

    def begin(self):
        self.connect()
        self.socket.sendall(REQUEST)

    def end(self):
        """The status, and whether the connection goes on."""
        self.socket.sendall(b"\r\n")
        data = b""
        while not data.endswith(b"\r\n\r\nok"):
            more = self.socket.recv(4096)
            if not more:
                break
            data += more
            if b"\r\n\r\n" in data and b" 200 " not in data:
                break
        assert data, "closed without an answer"
        closes = b"\r\nconnection: close" in data.lower()
        if closes:
            self.close()
        return int(data.split(b" ", 2)[1]), not closes

    def ask(self):
        if self.socket is None:
            self.begin()
        else:
            self.socket.sendall(REQUEST)
        return self.end()

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None


class KeptLoad:
    """Like a client that tries nothing twice."""

    def __init__(self, port, threads=3):
        self.failures = []
        self.done = 0
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self.run, args=(port,), daemon=True) for _ in range(threads)
        ]

    def run(self, port):
        kept = Kept(port)
        while not self.stopping.wait(PAUSE_SECONDS):
            try:
                status, _ = kept.ask()
                if status != 200:
                    self.failures.append(status)
                self.done += 1
            except (OSError, AssertionError) as error:
                self.failures.append(error)
                kept.close()
        kept.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.goes_on()
        return self

    def __exit__(self, *exception):
        self.stopping.set()
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS)

    def goes_on(self, count=50):
        goal = self.done + count
        wait_until(lambda: self.done >= goal, "progress", lambda: str(self.failures[-5:]))


def upgrade(tree, process):
    edges, controls = len(tree.pids("the edge")), len(tree.pids("control"))
    process.send_signal(signal.SIGUSR2)
    wait_until(
        lambda: len(tree.pids("the edge")) > edges and len(tree.pids("control")) > controls,
        "the new processes",
        tree.log,
    )


def change_origin(tree, process):
    """Another one takes its place, and it ends."""
    before = tree.origin
    tree.origin = Origin()
    tree.write()
    process.send_signal(signal.SIGHUP)
    wait_until(
        lambda: f"127.0.0.1:{tree.origin.port}" in tree.run("targets").stdout
        and f"127.0.0.1:{before.port}" not in tree.run("targets").stdout,
        "the change",
        tree.log,
    )
    before.close()


def test_request_that_began_before_goes_by_what_holds_now(tree):
    process = tree.serve()
    edge = tree.edge
    kept = Kept(tree.port)
    kept.begin()
    assert tree.get() == (200, b"ok")  # so the other has been accepted
    upgrade(tree, process)
    tree.said(f"the edge before (process {edge}) finishes its connections")
    tree.write(default="{respond: {status: 403}}")
    process.send_signal(signal.SIGHUP)
    wait_until(lambda: tree.get()[0] == 403, "the new file", tree.log)
    assert edge in tree.ours()
    assert kept.end() == (403, False)
    wait_until(lambda: edge not in tree.ours(), "the end of the edge before", tree.log)


def test_kept_connections_lose_nothing(tree):
    process = tree.serve()
    with KeptLoad(tree.port) as load:
        for _ in range(2):
            edge = tree.edge
            upgrade(tree, process)
            change_origin(tree, process)
            load.goes_on()
            wait_until(lambda: edge not in tree.ours(), "the end of the edge before", tree.log)
    assert load.failures == []


def test_change_at_the_same_time(tree):
    process = tree.serve()
    with KeptLoad(tree.port) as load:
        before = tree.origin
        tree.origin = Origin()
        tree.write()
        process.send_signal(signal.SIGUSR2)
        process.send_signal(signal.SIGHUP)
        wait_until(
            lambda: f"127.0.0.1:{before.port}" not in tree.run("targets").stdout
            and f"127.0.0.1:{tree.origin.port}" in tree.run("targets").stdout,
            "the change",
            tree.log,
        )
        before.close()
        load.goes_on()
    assert load.failures == []
    assert "does not take the configuration" not in tree.log()

# SPDX-License-Identifier: Apache-2.0

import signal

from support.access_log import AccessLog
from support.edge import Edge, wait_until


def test_by_command(edge):
    log = AccessLog(edge)
    edge.forward(edge.origin(name="a"), access_log=log.settings)
    edge.get("/before")
    log.lines(1)
    old = log.path.rename(edge.folder / "access.log.1")
    edge.get("/between")  # still into the file that it has
    wait_until(lambda: old.read_text().count("\n") == 2)
    assert edge.daemon.run("reopen-logs").returncode == 0
    edge.get("/after")
    wait_until(lambda: log.path.exists() and "/after" in log.path.read_text())
    assert "/between" in old.read_text() and "/after" not in old.read_text()


def test_by_signal(start_daemon):
    daemon = start_daemon()
    edge = Edge(daemon, "logs")
    log = AccessLog(edge)
    edge.up({"web": {"default": {"respond": {"status": 200}}, "access_log": log.settings}})
    edge.get("/before")
    log.lines(1)
    log.path.rename(edge.folder / "access.log.1")
    daemon.signal(signal.SIGUSR1)
    wait_until(log.path.exists)
    edge.get("/after")
    wait_until(lambda: "/after" in log.path.read_text())
    edge.close()

# SPDX-License-Identifier: Apache-2.0

import os

from support.edge import wait_until


def test_requests_go_on(edge):
    """A pipe that nobody reads: what finds no room is left out, and counted."""
    path = edge.folder / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        edge.forward(edge.origin(name="a"), access_log={"path": str(path)})
        target = "/" + "x" * 6000
        with edge.connect() as client:
            for _ in range(400):
                assert client.get(target).status == 200
        wait_until(lambda: dropped(edge) > 0)
        assert edge.get().status == 200
    finally:
        os.close(reader)


def test_that_cannot_be_opened_is_refused(edge):
    log = {"path": str(edge.folder / "no" / "such" / "folder.log")}
    result = edge.try_up({"web": {"default": {"respond": {"status": 200}}, "access_log": log}})
    assert result.returncode == 1 and "folder.log" in result.stderr, result.stderr


def dropped(edge):
    text = edge.daemon.api("GET", "/metrics")[1]
    lines = [line for line in text.splitlines() if line.startswith("slipway_access_log_dropped_lines_total")]
    return sum(float(line.split(" ")[-1]) for line in lines)

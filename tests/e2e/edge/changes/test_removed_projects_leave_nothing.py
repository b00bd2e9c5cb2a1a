# SPDX-License-Identifier: Apache-2.0
"""A preview for each branch comes and goes: neither threads nor open files of it stay in control."""

import os
import shutil
import threading

from support.edge import Edge, wait_until

PROJECTS = 20


def used(daemon):
    control = daemon.pid_of("control")
    return len(os.listdir(f"/proc/{control}/task")), len(os.listdir(f"/proc/{control}/fd"))


def come_and_go(daemon, origin, name):
    edge = Edge(daemon, name)
    try:
        edge.up({"web": {"default": {"forward": "app"}}}, {"app": {"targets": [origin]}})
        with edge.connect() as client:
            assert client.get().status == 200
    finally:
        edge.close()
        shutil.rmtree(edge.folder)


def test_of_many_names(start_daemon):
    daemon = start_daemon()
    edge = Edge(daemon, "stays")
    origin = edge.origin()
    edge.forward(origin)
    come_and_go(daemon, origin, "first")
    threads, files = used(daemon)
    for number in range(PROJECTS):
        come_and_go(daemon, origin, f"branch-{number}")
    wait_until(lambda: used(daemon)[0] <= threads + 2 and used(daemon)[1] <= files + 6,
               lambda: f"{used(daemon)} after {(threads, files)}")
    assert edge.get().status == 200
    edge.close()


def test_of_one_name_by_several_at_once(start_daemon):
    """What begins just when the last of it goes is not lost."""
    daemon = start_daemon()
    edge = Edge(daemon, "stays")
    origin = edge.origin()
    edge.forward(origin)
    failures = []

    def again_and_again(name):
        try:
            for _ in range(10):
                come_and_go(daemon, origin, name)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=again_and_again, args=(f"branch-{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    edge.close()

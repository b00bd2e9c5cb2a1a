# SPDX-License-Identifier: Apache-2.0

import shutil
import signal

from support.tree import Load, Request, wait_until


def upgrade(tree, process):
    edges, controls = len(tree.pids("the edge")), len(tree.pids("control"))
    process.send_signal(signal.SIGUSR2)
    wait_until(
        lambda: len(tree.pids("the edge")) > edges and len(tree.pids("control")) > controls,
        "the new processes",
        tree.log,
    )


def test_under_load(tree):
    process = tree.serve()
    edge = tree.edge
    request = Request(tree.port)
    tree.origin.slow_started.acquire()
    with Load(tree.port) as load:
        upgrade(tree, process)
        load.goes_on()
        assert edge in tree.ours()  # for the request that is open
        tree.origin.release()
        assert request.result() == (200, b"ok")
        wait_until(lambda: edge not in tree.ours(), "the end of the edge before", tree.log)
        load.goes_on()
    assert load.failures == []
    assert tree.supervisor == process.pid
    process.send_signal(signal.SIGTERM)
    tree.ends(process)


def test_again_and_again(tree):
    process = tree.serve()
    with Load(tree.port) as load:
        for _ in range(3):
            upgrade(tree, process)
            load.goes_on()
    assert load.failures == []


def test_the_file_of_the_program_is_what_counts(tree):
    copy = tree.folder / "slipway"
    shutil.copy(tree.slipway, copy)
    tree.slipway = copy
    process = tree.serve()
    (tree.folder / "before").hardlink_to(copy)
    copy.rename(tree.folder / "older")
    shutil.copy(tree.folder / "older", copy)
    upgrade(tree, process)
    link = (tree.folder / f"/proc/{process.pid}/exe").resolve()
    assert link.name == "slipway" and link.samefile(copy)
    assert tree.get() == (200, b"ok")


def test_a_program_that_cannot_be_run_changes_nothing(tree):
    copy = tree.folder / "slipway"
    shutil.copy(tree.slipway, copy)
    tree.slipway = copy
    process = tree.serve()
    edge = tree.edge
    copy.unlink()
    process.send_signal(signal.SIGUSR2)
    tree.said("cannot upgrade")
    assert tree.get() == (200, b"ok")
    assert tree.edge == edge

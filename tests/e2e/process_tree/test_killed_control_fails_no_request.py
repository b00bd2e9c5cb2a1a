# SPDX-License-Identifier: Apache-2.0

import os
import signal

from support.tree import Load


def test_killed_again_and_again(tree):
    process = tree.serve()
    edge = tree.edge
    with Load(tree.port) as load:
        for _ in range(3):
            tree.next("control", lambda: os.kill(tree.control, signal.SIGKILL))
            load.goes_on()
    assert load.failures == []
    assert tree.edge == edge
    assert process.poll() is None


def test_the_new_one_knows_what_was_applied(tree):
    tree.serve()
    tree.next("control", lambda: os.kill(tree.control, signal.SIGKILL))
    result = tree.run("targets")
    assert result.returncode == 0, result.stderr
    assert f"127.0.0.1:{tree.origin.port}" in result.stdout
    tree.write(default="{respond: {status: 403}}")
    result = tree.run("up", "-f", str(tree.file))
    assert result.returncode == 0, result.stderr
    assert tree.get()[0] == 403

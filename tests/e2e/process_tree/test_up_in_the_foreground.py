# SPDX-License-Identifier: Apache-2.0

import signal

import pytest

from support.tree import wait_until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serves_until_its_end_is_asked_for(tree, number):
    process = tree.launch("up", "-f", str(tree.file))
    wait_until(lambda: not tree.is_refused() and tree.get() == (200, b"ok"), "serving", tree.log)
    process.send_signal(number)
    tree.ends(process)
    assert tree.is_refused()
    assert not tree.ours()


def test_a_wrong_file_ends_it(tree):
    tree.write(default="{forward: nobody}")
    process = tree.launch("up", "-f", str(tree.file))
    tree.ends(process, 1)
    assert "nobody" in tree.log()

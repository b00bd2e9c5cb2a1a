# SPDX-License-Identifier: Apache-2.0

import os
import shutil
import signal

import pytest

from support.tree import Load

NOBODY = 65534


@pytest.fixture
def nobody(tree):
    """Options of Popen by which the daemon has no privileges."""
    if os.geteuid() != 0:
        return {}
    tree.slipway = shutil.copy(tree.slipway, tree.folder)  # the tree may lie in root's own folder
    for path in (tree.folder, tree.file, tree.log_path):
        os.chown(path, NOBODY, NOBODY)
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def test_all_of_it(tree, nobody):
    process = tree.serve(**nobody)
    with Load(tree.port) as load:
        tree.next("control", lambda: os.kill(tree.control, signal.SIGKILL))
        load.goes_on()
        before = tree.supervisor
        tree.next("control", lambda: os.kill(before, signal.SIGKILL))
        load.goes_on()
    assert load.failures == []
    process.wait()


def test_a_port_of_the_privileged_is_refused_by_name(tree, nobody):
    if int(open("/proc/sys/net/ipv4/ip_unprivileged_port_start").read()) <= 81:
        pytest.skip("here anybody may listen on port 81")
    tree.port = 81
    tree.write()
    os.chown(tree.file, NOBODY, NOBODY) if nobody else None
    process = tree.launch("serve", "-f", str(tree.file), **nobody)
    tree.ends(process, 1)
    assert "127.0.0.1:81: no permission to use the port" in tree.log()

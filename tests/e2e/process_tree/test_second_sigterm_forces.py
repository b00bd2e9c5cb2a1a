# SPDX-License-Identifier: Apache-2.0

import signal

from support.tree import Request, wait_until


def test_at_once(tree):
    process = tree.serve("--drain-timeout", "10m")
    request = Request(tree.port)
    tree.origin.slow_started.acquire()
    process.send_signal(signal.SIGTERM)
    wait_until(tree.is_refused, "refusing of new connections", tree.log)
    process.send_signal(signal.SIGTERM)
    tree.ends(process)
    assert isinstance(request.result(), Exception)
    assert not tree.ours()

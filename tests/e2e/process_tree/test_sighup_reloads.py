# SPDX-License-Identifier: Apache-2.0

import signal

from support.tree import Load, wait_until


def test_what_the_file_says_now(tree):
    process = tree.serve()
    assert tree.get() == (200, b"ok")
    tree.write(default="{respond: {status: 403}}")
    process.send_signal(signal.SIGHUP)
    wait_until(lambda: tree.get()[0] == 403, "the new file", tree.log)


def test_without_a_failed_request(tree):
    process = tree.serve()
    with Load(tree.port) as load:
        for number in range(3):
            tree.write(extra=f'    more{number}: {{targets: ["127.0.0.1:9"]}}\n')
            process.send_signal(signal.SIGHUP)
            tree.said(f"more{number}")
            load.goes_on()
    assert load.failures == []


def test_a_wrong_file_changes_nothing(tree):
    process = tree.serve()
    tree.write(default="{forward: nobody}")
    process.send_signal(signal.SIGHUP)
    tree.said("what was there before goes on")
    assert "nobody" in tree.log()
    assert tree.get() == (200, b"ok")
    tree.write()
    process.send_signal(signal.SIGTERM)
    tree.ends(process)


def test_a_wrong_file_at_the_start_ends_it(tree):
    tree.write(default="{forward: nobody}")
    process = tree.launch("serve", "-f", str(tree.file))
    tree.ends(process, 1)
    assert "nobody" in tree.log()
    assert not tree.ours()

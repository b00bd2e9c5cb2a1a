# SPDX-License-Identifier: Apache-2.0

import os
import select
import subprocess


def test_a_daemon_is_started_and_serves_on(node):
    result = node.run("up", "-d", "-f", "lb.yaml")
    assert (result.returncode, result.stderr) == (0, "")
    assert "added" in result.stdout
    assert node.get() == "HTTP/1.1 200 OK"
    assert node.run("up", "-d", "-f", "lb.yaml").stdout.startswith("shop: nothing has changed")
    assert node.run("shutdown").returncode == 0


def test_one_that_has_nothing_to_serve_is_ended_again(node):
    node.write(address="192.0.2.1:80")
    result = node.run("up", "-d", "-f", "lb.yaml")
    assert result.returncode == 1
    assert "192.0.2.1:80" in result.stderr


def test_a_refused_one_leaves_the_daemon_to_others(node):
    """Two shells at once, of which only one can have the listener's default."""
    (node.folder / "other.yaml").write_text((node.folder / "lb.yaml").read_text().replace("shop", "other"))
    shells = [
        subprocess.Popen(
            [node.slipway, "up", "-d", "-f", name],
            cwd=node.folder,
            env=node.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name in ("lb.yaml", "other.yaml")
    ]
    told = [shell.communicate(timeout=60)[0] for shell in shells]
    assert sorted(shell.returncode for shell in shells) == [0, 1], told
    assert any("both have a default" in text for text in told), told
    winner = ("lb.yaml", "other.yaml")[[shell.returncode for shell in shells].index(0)]
    # One that was told to end, and has nothing to drain, is gone in a moment.
    daemon = os.pidfd_open(int((node.folder / "run" / "supervisor.pid").read_text()))
    try:
        assert select.select([daemon], [], [], 1.5)[0] == [], "the daemon was ended"
    finally:
        os.close(daemon)
    assert ": nothing has changed" in node.run("up", "-f", winner).stdout
    assert node.get() == "HTTP/1.1 200 OK"
    assert node.run("shutdown").returncode == 0

# SPDX-License-Identifier: Apache-2.0

import pytest
from played_events import result


@pytest.fixture
def kept(shell):
    shell.daemon.deploys("shop", [result()])
    shell.daemon.answer("DELETE /v1/projects/shop", {"changes": []})
    return shell


def deleted(shell):
    return len(shell.daemon.asked("DELETE /v1/projects/shop"))


def test_without_a_terminal_it_must_be_said_before(kept):
    done = kept.run("destroy")
    assert done.returncode == 1
    assert "--yes" in done.stderr
    assert kept.daemon.asked("POST /v1/projects/shop/deploys") == []
    assert kept.run("destroy", "--yes").returncode == 0
    assert (kept.deploy()["kind"], kept.deploy()["options"]) == ("down", {"remove": 3})
    assert deleted(kept) == 1


@pytest.mark.parametrize("typed, status", [(b"shop\n", 0), (b"yes\n", 1), (b"\n", 1), (b"\x04", 1)])
def test_the_name_must_be_typed(kept, window, typed, status):
    process = kept.start(
        "destroy", stdin=window.follower, stdout=window.follower, stderr=window.follower
    )
    window.read_until(b"Type shop to go on: ")
    window.type(typed)
    assert process.wait(20) == status
    assert deleted(kept) == (status == 0)

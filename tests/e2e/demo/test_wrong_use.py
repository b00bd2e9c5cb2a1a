# SPDX-License-Identifier: Apache-2.0

import pytest


def test_help_starts_nothing(demos):
    said = demos.says("script/demo --help")
    assert said.startswith("usage: script/demo") and "--docker" in said
    assert not (demos.tree / "build").exists()


MISTAKES = ("--prot 80", "--port", "--port 0", "--port 65536", "--port x", "--slipway /nowhere", "demo")


@pytest.mark.parametrize("words", MISTAKES)
def test_mistakes_are_named(demos, words):
    done = demos.run(f"script/demo {words}")
    assert done.returncode == 2
    assert words.split()[0] in done.stderr

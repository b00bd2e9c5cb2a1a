# SPDX-License-Identifier: Apache-2.0

HIDDEN = ["hunter2", "tok-123", "s3cr3t", "pgpass", "build-token", "config-content"]


def test_pipe(secretive):
    for arguments in (["config"], ["config", "--format", "json"]):
        output = secretive.passes(*arguments).output
        assert [text for text in HIDDEN if text not in output] == []


def test_file_even_from_a_terminal(on_terminal, secretive):
    assert on_terminal("config", "-o", "out.yaml").output == ""
    output = secretive.read("out.yaml")
    assert [text for text in HIDDEN if text not in output] == []


def test_hashes_do_not_depend_on_it(on_terminal, secretive):
    assert on_terminal("config", "--hash").output == secretive.passes("config", "--hash").output

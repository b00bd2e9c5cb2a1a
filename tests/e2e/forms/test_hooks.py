# SPDX-License-Identifier: Apache-2.0

def test_commands_of_hooks_are_lists(web):
    hooks = web(
        """
        post_start: [{command: ./up.sh --now, user: root, privileged: true, working_dir: /w, environment: [A=1]}]
        pre_stop: [{command: [./down.sh]}]
        """
    )
    assert hooks["post_start"] == [
        {
            "command": ["./up.sh", "--now"],
            "user": "root",
            "privileged": True,
            "working_dir": "/w",
            "environment": {"A": "1"},
        }
    ]
    assert hooks["pre_stop"] == [{"command": ["./down.sh"]}]

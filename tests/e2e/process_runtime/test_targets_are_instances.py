# SPDX-License-Identifier: Apache-2.0
"""A target is called by the instance that it stands for, whose address nobody knows by heart."""


def test_one_is_drained_by_its_name(stack):
    web = stack.native(stack.program, expose=["8000"], scale=2, stop_grace_period="1s")
    stack.write(stack.project({"web": web}, web={"health": {"path": "/"}}))
    stack.write_program("one")
    stack.up()
    stack.passes("target", "drain", "web/web-2")
    states = {}
    for line in stack.passes("targets").splitlines()[1:]:
        words = line.split()
        states[words[2].rsplit("-", 2)[-1]] = words[3]
    assert states == {"1": "healthy", "2": "draining"}

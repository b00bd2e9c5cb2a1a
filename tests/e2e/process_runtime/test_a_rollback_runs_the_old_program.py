# SPDX-License-Identifier: Apache-2.0
"""A revision keeps the bytes of what it runs."""


def said(stack):
    return {answer.split()[0] for status, answer in stack.answers(4) if status == 200}


def write(stack):
    web = stack.native(stack.program, expose=["8000"], stop_grace_period="1s")
    stack.write(stack.project({"web": web}, web={"health": {"path": "/"}}))


def test_the_old_bytes_come_back(stack):
    write(stack)
    stack.write_program("first")
    stack.up()
    assert said(stack) == {"first"}
    stack.write_program("second")
    stack.up()
    assert said(stack) == {"second"}
    stack.write_program("third")  # nobody asked for it
    stack.passes("rollback", "1")
    assert said(stack) == {"first"}
    stack.passes("prune")
    stack.passes("rollback", "2")
    assert said(stack) == {"second"}

# SPDX-License-Identifier: Apache-2.0


def test_by_the_process_number_of_the_first(tree):
    process = tree.serve()
    result = tree.run("serve", "-f", str(tree.file))
    assert result.returncode == 1
    assert str(process.pid) in result.stderr
    assert str(tree.runtime) in result.stderr
    assert process.poll() is None
    assert tree.get() == (200, b"ok")

# SPDX-License-Identifier: Apache-2.0

import json


def test_table(edge):
    one, two = edge.named_origins("one", "two")
    edge.forward(one, two)
    result = edge.daemon.run("targets", f"{edge.name}/app")
    assert result.returncode == 0, result.stderr
    heading, *rows = [line.split() for line in result.stdout.splitlines() if line]
    assert heading[:3] == ["GROUP", "TARGET", "STATE"]
    assert sorted(row[1] for row in rows) == sorted([one.address, two.address])


def test_json(edge):
    one = edge.origin(name="one")
    edge.forward(one)
    edge.get()
    edge.get()
    result = edge.daemon.run("targets", "--json", f"{edge.name}/app")
    (target,) = json.loads(result.stdout)["targets"]
    assert (target["group"], target["address"], target["state"]) == ("app", one.address, "unavailable")
    assert (target["requests"], target["active"]) == (2, 0)


def test_unknown_ones_are_an_error(edge):
    for arguments in (("targets", f"{edge.name}/nobody"), ("target", "drain", f"{edge.name}/nobody/1.2.3.4:5")):
        result = edge.daemon.run(*arguments)
        assert result.returncode == 1 and "nobody" in result.stderr, result

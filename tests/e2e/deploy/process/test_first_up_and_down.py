# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

from support.own_view import can_have_own_view
from support.stack import wait_until


def test_up_serves_and_down_leaves_nothing(stack):
    stack.web(replicas=3)
    recap = stack.up()
    assert "failed=0" in recap and "changed=" in recap, recap
    stack.serves("v1")
    programs = stack.programs()
    assert len(programs) == 3
    assert len({stack.ask("/instance")[1] for _ in range(12)}) == 3
    stack.passes("down")
    wait_until(lambda: not stack.programs(), "the end of all")
    assert stack.is_refused()
    assert stack.instances(everything=True) == []
    assert not [path for path in Path(stack.state_folder).glob("instances/shop/*")]


def test_up_again_changes_nothing(stack):
    stack.web()
    stack.up()
    ids, programs = stack.ids(), stack.programs()
    recap = stack.up()
    assert "changed=0" in recap and "failed=0" in recap, recap
    assert stack.ids() == ids and stack.programs() == programs


def test_a_service_finds_another_by_its_name_or_variables(stack):
    services = {
        "web": {**stack.service(), "depends_on": ["data-base"]},
        "data-base": stack.service("db"),
    }
    stack.write(stack.project(services))
    stack.up()
    environment = {}
    for pid in stack.programs():
        found = dict(
            part.split("=", 1) for part in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in part
        )
        environment[found["ANSWER"]] = (pid, found)
    pid, variables = environment["v1"]
    host, port = variables["DATA_BASE_HOST"], int(variables["DATA_BASE_PORT"])
    assert stack.ask(host=host, port=port) == (200, "db")
    if can_have_own_view():
        hosts = Path(f"/proc/{pid}/root/etc/hosts").read_text()
        names = {name: line.split()[0] for line in hosts.splitlines() for name in line.split()[1:]}
        address = names["data-base"]
        assert address.startswith("127.") and stack.ask(host=address, port=8000) == (200, "db")


def test_a_socket_that_is_ready(stack):
    stack.web(**{"x-slipway": {"runtime": "process", "listen": "activated"}})
    with_port = stack.up()
    assert "failed=0" in with_port
    stack.serves("v1")
    pids = stack.programs()
    assert all("LISTEN_FDS=1" in Path(f"/proc/{pid}/environ").read_text() for pid in pids)

# SPDX-License-Identifier: Apache-2.0
"""Who is told of a result finds everything as it says."""

import pytest

from support.tree import wait_until


def test_the_next_need_not_wait(node):
    for version in "123":
        deploy = node.begin(spec=node.spec(version, replicas=1), options={"lock": "refuse"})["deploy"]
        node.result(deploy)
        assert node.call("GET", f"/v1/deploys/{deploy}")["state"] == "done"


def test_a_first_deploy_that_failed_is_no_use(node):
    node.deploy(state="failed", spec=node.spec("1", replicas=1, environment={"BROKEN": "1"}))
    node.call("POST", "/v1/shutdown?unless=used", status=202)
    node.process.wait(20)


def test_what_serves_is(node):
    node.deploy(spec=node.spec("1", replicas=1))
    node.call("POST", "/v1/shutdown?unless=used", status=409)


def test_down_of_what_is_down(node):
    node.deploy(spec=node.spec("1", replicas=1))
    node.deploy("down")
    assert node.deploy("down")["failed"] == 0


def test_another_program_of_a_service(node):
    """A native service is kept as the program that it began with; `run` may say another one."""
    folder = node.folder / "app"
    folder.mkdir()
    program = folder / "web"
    program.write_text("#!/bin/sh\nexec python3 -c \"$0\"\n".replace("$0", "$1"))
    program.chmod(0o755)
    spec = node.spec("1", replicas=1)
    spec["services"]["web"]["command"] = [str(program), spec["services"]["web"]["command"][2]]
    node.deploy(spec=spec)
    made = node.call("POST", "/v1/projects/shop/run",
                     {"service": "web", "command": ["/bin/echo", "another $HOME"], "attach": True,
                      "remove": True}, 201)
    frames = list(node.converse(f"/v1/projects/shop/instances/{made['id']}/attach", {}).frames())
    assert (1, b"another $HOME\n") in frames and frames[-1] == (3, bytes(4))


@pytest.mark.parametrize("terminal", [False, True], ids=["pipes", "terminal"])
def test_a_client_that_reads_late_has_all_of_the_output(node, terminal):
    node.deploy(spec=node.spec("1", replicas=1))
    made = node.call("POST", "/v1/projects/shop/run",
                     {"service": "web", "command": ["/usr/bin/seq", "20"], "attach": True,
                      "terminal": terminal, "remove": True}, 201)

    def wait_for_its_end():
        wait_until(lambda: made["id"] not in {one["id"] for one in node.instances()},
                   "the end of the instance", node.log)

    talk = node.converse(f"/v1/projects/shop/instances/{made['id']}/attach",
                         {"terminal": terminal}, wait_for_its_end)
    frames = list(talk.frames())
    output = b"".join(data for kind, data in frames if kind == talk.OUTPUT)
    assert output.split() == [str(number).encode() for number in range(1, 21)]
    assert frames[-1] == (talk.EXIT, bytes(4))

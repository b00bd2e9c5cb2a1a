# SPDX-License-Identifier: Apache-2.0
"""Control is killed in the midst of a deploy: the next one goes on with it, and no request fails."""

import concurrent.futures

from support.node import Load
from support.tree import wait_until


def test_killed_control_goes_on(node):
    node.deploy(spec=node.spec("1"))
    with Load(node) as load:
        deploy = node.begin(spec=node.spec("2"))["deploy"]
        for event in node.stream("GET", f"/v1/events?deploy={deploy}&follow=1"):
            if event["type"] == "step" and event["step"] == "start":
                break
        node.kill_control()
        result, _ = node.result(deploy)
        load.goes_on()
    assert load.failures == []
    assert result["state"] == "done" and result["revision"] == 2
    assert load.versions[-1] == "2"
    instances = node.instances()
    assert len(instances) == 2 and {instance["revision"] for instance in instances} == {2}


def test_instances_outlive_the_daemon(node):
    node.deploy(spec=node.spec("1"))
    before = {instance["id"] for instance in node.instances()}
    node.stop()
    node.start()
    assert node.get() == (200, "1")
    assert {instance["id"] for instance in node.instances()} == before
    node.deploy("scale", options={"scale": {"web": 3}})
    assert len(node.instances()) == 3


def retires(node, deploy, after):
    """The sequence of the newest event that says so."""
    events = node.call_lines(f"/v1/events?deploy={deploy}&after={after}")
    found = [event["sequence"] for event in events
             if event["type"] == "step" and event["step"] == "retire" and event["state"] == "begun"]
    return found[-1] if found else None


def test_what_drains_is_not_cut_off(node):
    """Control dies while an old instance has a request to finish: the next one waits for it too."""
    node.deploy(spec=node.spec("1", replicas=1))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        slow = pool.submit(node.get, "/slow")
        wait_until(lambda: any(target["active"] for target in
                               node.call("GET", "/v1/targets")["targets"]), "the request")
        deploy = node.begin(spec=node.spec("2", replicas=1))["deploy"]
        for event in node.stream("GET", f"/v1/events?deploy={deploy}&follow=1"):
            if event["type"] == "step" and event["step"] == "retire":
                break
        last = event["sequence"]
        for _ in range(2):
            node.kill_control()
            last = wait_until(lambda: retires(node, deploy, last), "the next control", node.log)
        assert node.get() == (200, "2")
        for _ in range(20):  # it looks again each time that something may have changed
            assert {instance["revision"] for instance in node.instances()} == {1, 2}
        assert not slow.done()
        node.open_gate()
        assert slow.result() == (200, "1")
    result, _ = node.result(deploy)
    assert result["state"] == "done"
    assert {instance["revision"] for instance in node.instances()} == {2}

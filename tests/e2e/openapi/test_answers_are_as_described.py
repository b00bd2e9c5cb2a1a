# SPDX-License-Identifier: Apache-2.0
"""Each operation is asked for at a daemon with a project, and what it answers is described."""

import json
import re

import pytest

from support.node import Connection
from support.ports import free_port
from support.tree import wait_until

LIVE = {"session", "projects", "instances", "edge", "rates", "usage"}


def text(body):
    return json.dumps(body)


def deploy(api, status=202, **body):
    answer = api.call("addDeploy", status, project="shop", body=text(body))
    if status != 202:
        return answer
    lines = api.call("followEvents", query={"deploy": answer["deploy"], "follow": 1})
    assert lines[-1]["type"] == "result" and lines[-1]["state"] == "done", lines[-1]
    return lines


def look_at_the_node(api):
    api.call("getVersion")
    api.call("getReady")
    api.call("getMetrics")
    api.call("getStatistics")
    api.call("reopenLogs", body="{}")
    assert api.call("getSession")["role"] == "admin"


def look_at_the_project(api):
    spec = api.node.spec("1", replicas=2)
    assert api.call("planDeploy", project="shop", body=text({"spec": spec}))["changes"] > 0
    begun = api.call("addDeploy", 202, project="shop",
                     body=text({"kind": "up", "spec": spec, "author": "anna", "note": "first"}))
    kinds = {line["type"] for line in
             api.call("followEvents", query={"deploy": begun["deploy"], "follow": 1})}
    assert {"started", "plan", "step", "change", "result"} <= kinds
    assert api.call("listProjects")["projects"][0]["revision"] == 1
    api.call("getProject", project="shop")
    api.call("listDeploys", project="shop")
    assert api.call("listDeploys", project="shop",
                    query={"unfinished": 1, "limit": 1})["deploys"] == []
    assert api.call("getDeploy", deploy=begun["deploy"])["author"] == "anna"
    assert len(api.call("listRevisions", project="shop")["revisions"]) == 1
    api.call("getRevision", project="shop", revision=1)
    api.call("getRevision", project="shop", revision=1, query={"secrets": 1})
    assert api.call("planDeploy", project="shop",
                    body=text({"kind": "up", "revision": 1}))["changes"] == 0


def look_at_deploys_of_each_kind(api):
    """What they tell on the way is checked line by line."""
    two = api.node.spec("2", replicas=2)
    first = api.call("addDeploy", 202, project="shop", body=text({"kind": "up", "spec": two}))
    second = api.call("addDeploy", 202, project="shop",
                      body=text({"kind": "rollback", "revision": 1}))
    lines = api.call("followEvents", query={"deploy": second["deploy"], "follow": 1})
    assert lines[0]["type"] == "waiting" and lines[0]["for"]["deploy"] == first["deploy"]
    deploy(api, kind="scale", options={"scale": {"web": 1}})
    deploy(api, kind="stop", options={"services": ["web"]})
    assert api.call("listInstances", project="shop")["instances"] == []
    assert api.call("listInstances", project="shop", query={"all": 1})["instances"] != []
    deploy(api, kind="start", options={"services": ["web"]})
    deploy(api, kind="restart")
    deploy(api, 400, kind="image", options={"images": {"web": "other"}})
    deploy(api, 404, kind="rollback", revision=77)
    broken = api.node.spec("3", replicas=1, environment={"BROKEN": "yes"})
    begun = api.call("addDeploy", 202, project="shop", body=text({"kind": "up", "spec": broken}))
    lines = api.call("followEvents", query={"deploy": begun["deploy"], "follow": 1})
    assert lines[-1]["state"] == "failed" and lines[-1]["log"]
    cancel_one(api)
    api.call("followEvents")
    api.call("followEvents", query={"project": "shop", "after": 3})
    assert api.call("followEvents", query={"project": "other"}) == []
    api.call("followEvents", 400, query={"deploy": "x"})


def cancel_one(api):
    """It would be waited for as long as the test lasts."""
    serving = api.node.spec("1", command=["sleep", "1000"])
    begun = api.call("addDeploy", 202, project="shop", body=text({"kind": "up", "spec": serving}))
    one = {"project": "shop", "deploy": begun["deploy"]}
    answer = api.call("cancelDeploy", 202, body=text({"author": "anna"}), **one)
    assert answer["cancelled_by"] == "anna"
    lines = api.call("followEvents", query={"deploy": begun["deploy"], "follow": 1})
    assert lines[-1]["state"] == "failed" and "cancelled by anna" in lines[-1]["message"]
    assert api.call("cancelDeploy", 202, **one)["state"] == "failed"
    api.call("cancelDeploy", 409, project="shop", deploy=1)
    api.call("cancelDeploy", 404, project="shop", deploy=777)
    api.call("cancelDeploy", 404, project="other", deploy=begun["deploy"])


def look_at_instances(api):
    instances = api.call("listAllInstances", query={"all": 1})["instances"]
    assert instances[0]["project"] == "shop"
    one = {"project": "shop", "instance": instances[0]["id"]}
    assert api.call("measureInstance", **one)["memory_bytes"] > 0
    assert api.call("followLogs", **one)[0]["stream"] == "stdout"
    api.call("followLogs", query={"tail": 1, "since": "2026-01-01T00:00:00Z", "stderr": 1}, **one)
    api.call("followLogs", 404, project="shop", instance="other")
    api.call("startInstance", 409, **one)
    made = api.call("runInstance", 201, project="shop",
                    body=text({"service": "web", "command": ["sleep", "1000"]}))
    other = {"project": "shop", "instance": made["name"]}
    api.call("stopInstance", body=text({"timeout": 1}), **other)
    api.call("startInstance", **other)
    api.call("restartInstance", body=text({"timeout": 0}), **other)
    api.call("killInstance", body=text({"signal": "SIGCONT"}), **other)
    api.call("killInstance", 400, body=text({"signal": "SIGNOTHING"}), **other)
    upgrade = {"Connection": "Upgrade", "Upgrade": "slipway-stream"}
    api.call("execInInstance", 101, body=text({"command": ["true"]}), headers=upgrade, **other)
    api.call("execInInstance", 400, body=text({"command": ["true"]}), **other)
    api.call("attachToInstance", 101, body=text({}), headers=upgrade, **other)
    api.call("removeInstance", 409, body="{}", **other)
    api.call("removeInstance", body=text({"force": True}), **other)


def look_at_images(api):
    """There is no engine: that is an answer, too."""
    api.call("listImages", 503)
    api.call("removeImage", 503, image="shop/api:1", query={"force": 1})
    api.call("pullImage", body=text({"reference": "nothing:1"}))
    api.call("pullImage", 400, body="{}")
    api.call("pullProject", project="shop", body="{}")
    assert api.call("prune", body=text({"project": "shop"}))[-1]["type"] == "result"
    spec = api.node.spec("1")
    hash_ = api.call("keepSpec", project="shop", body=text({"spec": spec}))["hash"]
    assert api.call("keepSpec", project="shop", body=text(spec))["hash"] == hash_
    api.call("buildImage", 501, project="shop", service="web", query={"spec": hash_}, body=b"\0" * 1024)
    api.call("buildImage", 404, project="shop", service="web", query={"spec": "0"}, body=b"\0" * 1024)


def look_at_the_edge(api):
    assert len(api.call("listListeners")["listeners"]) == 2  # and the loopback one
    assert len(api.call("listGroups")["groups"]) == 1
    target = api.call("listTargets", query={"group": "shop/web"})["targets"][0]
    one = {"group": "shop/web", "target": target["id"]}
    for body in ({"action": "drain"}, {"action": "enable"}, {"action": "weight", "weight": 5}):
        assert api.call("commandTarget", body=text(body), **one)["action"] == body["action"]
    assert api.call("listTargets")["targets"][0]["configured_weight"] == 1
    api.call("commandTarget", body=text({"action": "weight", "weight": None}), **one)
    api.call("commandTarget", 404, body=text({"action": "drain"}), group="web", target="other")
    api.call("listTargets", 404, query={"group": "other"})


def look_at_a_project_without_services(api):
    listeners = {"front": {"address": f"127.0.0.1:{free_port()}", "default": {"forward": "web"}}}
    plain = {"x-slipway": {"listeners": listeners,
                           "target_groups": {"web": {"targets": ["127.0.0.1:1"]}}}}
    assert api.call("putProject", project="plain", body=text(plain))["changes"]
    assert api.call("putProject", project="plain", body=text(plain))["changes"] == []
    api.call("putProject", 400, project="plain", body=text({"x-slipway": {"listen": 1}}))
    api.call("putProject", 409, project="plain", body=text(api.node.spec("1")))
    api.call("getProject", project="plain")
    api.call("getProject", 404, project="other")
    api.call("deleteProject", project="plain")
    api.call("deleteProject", 404, project="plain")


def look_at_access(api):
    body = {"role": "viewer", "name": "anna", "expires_s": 600}
    made = api.call("createToken", 201, body=text(body))
    assert made["name"] == "anna" and made["token"].count(".") == 2
    for wrong in ({**body, "role": "king"}, {**body, "expires_s": 59}, {**body, "name": ""},
                  {**body, "name": "a\nb"}, {**body, "expires_s": 367 * 86400}):
        api.call("createToken", 400, body=text(wrong))
    assert api.call("listTokens")["tokens"][0]["revoked"] is None
    assert api.call("revokeToken", token=made["id"])["revoked"]
    assert api.call("listTokens")["tokens"][0]["revoked"]
    api.call("revokeToken", 404, token="other")
    assert api.call("getDashboard")["address"] is None
    address = f"127.0.0.1:{free_port()}"
    assert api.call("openDashboard", body=text({"address": address}))["address"] == address
    assert api.call("getDashboard")["address"] == address
    api.call("openDashboard", 400, body=text({"address": "192.0.2.1:80"}))
    assert api.call("closeDashboard")["address"] is None
    entries = api.call("listAudit", query={"limit": 1000})["entries"]
    assert {"POST", "DELETE", "PUT"} <= {entry["method"] for entry in entries}
    sequences = [entry["sequence"] for entry in entries]
    assert sequences == sorted(sequences, reverse=True)
    assert len(api.call("listAudit", query={"limit": 2})["entries"]) == 2
    newer = api.call("listAudit", query={"after": sequences[1]})["entries"]
    assert [entry["sequence"] for entry in newer] == [sequences[0]]


def look_at_history(api):
    wait_until(lambda: api.call("getHistory")["series"], "a sample", api.node.log)
    assert api.call("getHistory", query={"minutes": 1})["step_s"] == 5


def events_of(response):
    """(name, id, data) as they come."""
    fields = {}
    for line in response:
        line = line.decode().rstrip("\n")
        if line == "":
            if "data" in fields:
                yield fields.get("event"), fields.get("id"), json.loads(fields["data"])
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            assert name in ("event", "id", "data") and name not in fields, line
            fields[name] = value


def look_at_the_live_stream(api):
    operation = api.document.operations["followLive"]
    described = operation.response(200)["content"]["text/event-stream"]["x-events"]
    connection = Connection(api.node.runtime / "control.sock")
    connection.request("GET", "/v1/live")
    response = connection.getresponse()
    assert response.status == 200
    assert response.getheader("Content-Type").split(";")[0] == "text/event-stream"
    seen = {}
    deploying = False
    for name, number, data in events_of(response):
        assert name in described, (name, data)
        api.document.check(described[name], data, f"the live event {name}")
        assert (number is not None) == (name == "event"), (name, number)
        assert number is None or int(number) == data["sequence"]
        seen.setdefault(name, data)
        if LIVE <= set(seen) and not deploying:
            api.call("addDeploy", 202, project="shop", body=text({"kind": "restart"}))
            deploying = True
        if LIVE <= set(seen) and name == "event" and data["type"] == "result":
            break
        api.node.get()
    connection.close()
    assert seen["instances"]["whole"] is True and len(seen["projects"]["projects"]) == 1
    assert seen["projects"]["projects"][0]["services"][0]["name"] == "web"
    api.called.add("followLive")


def take_it_down(api):
    deploy(api, kind="down")
    api.call("deleteProject", project="shop")
    api.call("shutdown", 400, query={"unless": "always"})
    api.call("shutdown", 202, query={"unless": "used"})
    api.node.process.wait(20)


def test_every_operation_answers_as_described(api):
    look_at_the_node(api)
    look_at_the_project(api)
    look_at_deploys_of_each_kind(api)
    look_at_instances(api)
    look_at_images(api)
    look_at_the_edge(api)
    look_at_a_project_without_services(api)
    look_at_access(api)
    look_at_history(api)
    look_at_the_live_stream(api)
    take_it_down(api)
    assert api.called == set(api.document.operations), "operations that nobody has asked for"


def test_other_methods_and_paths_are_refused(api):
    """Each path with each method that it does not have, and paths beside it."""
    operations = api.document.operations.values()
    names = {"project": "shop", "instance": "a", "deploy": 1, "revision": 1, "service": "web",
             "group": "web", "target": "a", "image": "a", "token": "a"}
    for path in {operation.path for operation in operations}:
        target = path.format(**names)
        methods = {operation.method for operation in operations
                   if re.fullmatch(re.sub(r"{\w+}", "[^/]+", operation.path), target)}
        for method in {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"} - methods:
            response, body = api.exchange(method, target)
            assert response.status == 405, (method, target, response.status, body)
            api.document.check({"$ref": "#/components/schemas/Error"}, json.loads(body), target)
        response, body = api.exchange("GET", target + "/no" + "/where/at" * (path.count("/") < 5))
        assert response.status == 404, (target, response.status, body)
    for target in ("/v2/version", "/v1", "/v1/versions", "/v1/projects/a/b"):
        response, body = api.exchange("GET", target)
        assert response.status == 404, (target, response.status, body)
        api.document.check({"$ref": "#/components/schemas/Error"}, json.loads(body), target)


@pytest.mark.parametrize("target", ["/v1//projects", "/v1/projects/%00", "/v1/projects/%zz"])
def test_malformed_paths_are_refused(api, target):
    response, body = api.exchange("GET", target)
    assert response.status == 400 and json.loads(body)["error"]["message"]


def test_head_is_get_without_its_body(api):
    for target in ("/v1/version", "/v1/projects", "/ready", "/metrics"):
        connection = Connection(api.node.runtime / "control.sock")
        connection.request("HEAD", target)
        response = connection.getresponse()
        assert response.status == 200 and int(response.getheader("Content-Length")) > 0
        assert response.read() == b""
        connection.close()

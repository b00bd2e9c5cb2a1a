# SPDX-License-Identifier: Apache-2.0
"""What has to do with images, with an engine of the tests' own."""

import json

import pytest
from engine import BASE, tar_of

from support.described import Api, LonelyNode


@pytest.fixture
def docker(slipway, document, engine):
    class EngineNode(LonelyNode):
        pass

    EngineNode.engine = engine.socket_path
    node = EngineNode(slipway)
    yield Api(node, document)
    node.close()


def text(body):
    return json.dumps(body)


def test_images_are_as_described(docker):
    spec = {"name": "shop", "services": {"api": {"image": "slipway.test/built",
                                                 "build": {"context": "/nothing"}}}}
    kept = docker.call("keepSpec", project="shop", body=text({"spec": spec}))
    context = tar_of({"Dockerfile": f"FROM {BASE}\nCOPY file /file\n", "file": "x"})
    lines = docker.call("buildImage", project="shop", service="api", query={"spec": kept["hash"]},
                        body=context)
    assert lines[-1]["type"] == "result" and lines[-1]["content"], lines
    assert any(line["type"] == "output" for line in lines)
    lines = docker.call("buildImage", project="shop", service="api", query={"spec": kept["hash"]},
                        body=tar_of({"Dockerfile": "FROM\n"}))
    assert lines[-1]["error"]

    images = docker.call("listImages")["images"]
    names = [name for image in images for name in image["names"]]
    built = [name for name in names if "built" in name or "shop" in name]
    assert built and any(BASE in name for name in names), names
    docker.call("pullImage", body=text({"reference": f"{BASE}:nothing"}))
    docker.call("pullProject", project="shop", body=text({"spec": spec, "services": ["api"]}))
    docker.call("removeImage", 404, image="slipway.test/other:1")
    docker.call("removeImage", image=built[0], query={"force": 1})
    lines = docker.call("prune", body=text({"project": "shop"}))
    assert lines[-1]["bytes"] >= 0

    made = docker.call("runInstance", 201, project="shop",
                          body=text({"image": BASE, "command": ["sleep", "1000"]}))
    docker.call("measureInstance", project="shop", instance=made["id"])
    instances = docker.call("listInstances", project="shop", query={"all": 1})["instances"]
    assert [(one["id"], one["oneoff"], one["runtime"]) for one in instances] == [
        (made["id"], True, "docker")]
    docker.call("removeInstance", project="shop", instance=made["id"], body=text({"force": True}))

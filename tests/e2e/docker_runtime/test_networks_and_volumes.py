# SPDX-License-Identifier: Apache-2.0
import pytest
from support.docker_stack import Failed

FILE = """
services:
  a: {image: slipway.test/base, command: [sleep, '1000'], networks: [front, back],
      volumes: ['data:/data']}
networks: {front: {}, back: {internal: true}, unused: {}}
volumes: {data: {}, unused: {}}
"""


def test_what_services_need_is_made_once(stack):
    stack.compose(FILE)
    stack("prepare")
    assert stack.said.count("making the") == 3
    networks = [f"{stack.name}_back", f"{stack.name}_front"]
    assert stack.list("networks") == networks
    assert stack.list("volumes") == [f"{stack.name}_data"]
    ids = [stack.engine.api.json("GET", f"/networks/{name}")["Id"] for name in networks]
    stack("prepare")
    assert stack.said == ""
    assert ids == [stack.engine.api.json("GET", f"/networks/{name}")["Id"] for name in networks]


def test_what_nothing_needs_goes(stack):
    stack.compose(FILE)
    stack("prepare")
    stack("clean", 3, "desired")
    assert len(stack.list("networks") + stack.list("volumes")) == 3
    stack.compose("services: {a: {image: x, networks: [front]}}\nnetworks: {front: {}}\n")
    stack("clean", 0, "desired")
    assert stack.list("networks") == [f"{stack.name}_front"]
    assert stack.list("volumes") == [f"{stack.name}_data"], "data goes only when that is said"
    stack("clean", 0)
    assert (stack.list("networks"), len(stack.list("volumes"))) == ([], 1)
    stack("clean", 1)
    assert stack.list("volumes") == []
    stack("clean", 3)


def test_a_volume_in_use_stays_and_is_named(stack):
    stack.compose(FILE)
    stack("prepare")
    stack.up("a")
    with pytest.raises(Failed, match=f"removing the volume {stack.name}_data"):
        stack("clean", 1)
    assert stack.list("volumes") == [f"{stack.name}_data"]
    assert len(stack.list("networks")) == 2, "with members"


def test_external_resources(stack, other):
    api = stack.engine.api
    stack.compose("""
services: {a: {image: slipway.test/base, networks: [n], volumes: ['vol:/v']}}
networks: {n: {external: {name: %s-net}}}
volumes: {vol: {external: true, name: %s-vol}}
""" % (stack.name, stack.name))
    with pytest.raises(Failed, match='the network "n": it is external and not there'):
        stack("prepare")
    api.json("POST", "/networks/create", {"Name": f"{stack.name}-net"})
    with pytest.raises(Failed, match='the volume "vol": it is external and not there'):
        stack("prepare")
    api.json("POST", "/volumes/create", {"Name": f"{stack.name}-vol"})
    stack("prepare")
    made = stack.up("a")
    assert made["joined"] == "1", "its address could not be kept"
    networks = stack.inspect(made["id"])["NetworkSettings"]["Networks"]
    assert "a" in networks[f"{stack.name}-net"]["Aliases"]
    stack("remove", made["id"])
    stack("clean", 3)
    assert stack.has("networks", f"{stack.name}-net")
    assert stack.has("volumes", f"{stack.name}-vol")
    api.call("DELETE", f"/networks/{stack.name}-net")
    api.call("DELETE", f"/volumes/{stack.name}-vol")


def test_another_projects_things_are_left_alone(stack, other):
    for one in (stack, other):
        one.compose(FILE)
        one("prepare")
    theirs = other.up("a")
    # One that says another's name.
    stack.compose(FILE.replace("data: {}", "data: {name: %s_data}" % other.name))
    stack("prepare")
    assert "was not made for" in stack.said
    before = (other.instances(), other.list("networks"), other.list("volumes"))
    stack("clean", 3)
    stack("prune")
    assert before == (other.instances(), other.list("networks"), other.list("volumes"))
    assert other.inspect(theirs["id"])["State"]["Running"]


def test_a_project_of_compose_is_adopted(stack):
    """With its labels and names, as docker-compose makes them."""
    api, name = stack.engine.api, stack.name
    label = {"com.docker.compose.project": name}
    network = api.json("POST", "/networks/create",
                       {"Name": f"{name}_front",
                        "Labels": {**label, "com.docker.compose.network": "front"}})
    api.json("POST", "/volumes/create",
             {"Name": f"{name}_data", "Labels": {**label, "com.docker.compose.volume": "data"}})
    labels = {**label, "com.docker.compose.service": "a", "com.docker.compose.oneoff": "False",
              "com.docker.compose.container-number": "1", "com.docker.compose.version": "2.20.0"}
    old = api.json("POST", f"/containers/create?name={name}-a-1",
                   {"Image": "slipway.test/base", "Labels": labels,
                    "Cmd": ["sh", "-c", "echo kept >/data/it; exec sleep 1000"],
                    "HostConfig": {"Binds": [f"{name}_data:/data"], "NetworkMode": f"{name}_front"},
                    "NetworkingConfig": {"EndpointsConfig": {f"{name}_front": {"Aliases": ["a"]}}}})
    # Of an image that Compose built: it has labels of a project, and is none of its instances.
    stray = api.json("POST", "/containers/create", {"Image": "slipway.test/base", "Labels": label})
    api.call("POST", f"/containers/{old['Id']}/start")
    stack.compose(FILE.replace("[front, back]", "[front]"))
    stack("prepare")
    assert stack.said == "", "both are used as they are"
    found, = stack.instances()
    assert (found["id"], found["revision"], found["joined"]) == (old["Id"], "0", "1")
    stack("leave", found["id"])
    stack("stop", found["id"], 0)
    new = stack.up("a")
    assert stack.exec(new["id"], "cat", "/data/it")[0] == "kept"
    assert network["Id"] in str(stack.inspect(new["id"])["NetworkSettings"])
    stack("remove", found["id"])
    assert [one["id"] for one in stack.instances()] == [new["id"]]
    api.call("DELETE", f"/containers/{stray['Id']}")


def test_nameless_volumes_are_carried_on(stack):
    api = stack.engine.api
    name = f"{stack.name}-image"
    stack.engine.import_image(name, stack.engine.base_files(), ["ENV PATH=/bin", "VOLUME /data"])
    stack.compose("services: {a: {image: %s, command: [sleep, '1000'], volumes: [/more]}}" % name)
    stack("prepare")
    old = stack.up("a", 1)
    stack.exec(old["id"], "touch", "/data/kept", "/more/kept")
    beside = stack.up("a", 2)
    assert stack.exec(beside["id"], "ls", "/data", "/more/")[0].count("kept") == 0, "it runs"
    stack("remove", beside["id"], 1)
    stack("stop", old["id"], 0)
    new = stack.up("a", 3)
    assert stack.exec(new["id"], "ls", "/data", "/more")[0].count("kept") == 2
    other = stack.up("a", 4)
    assert stack.exec(other["id"], "ls", "/data", "/more")[0].count("kept") == 0, "one has them"
    volumes = [one["Name"] for one in stack.inspect(new["id"])["Mounts"]]
    stack("remove", old["id"])
    assert all(stack.has("volumes", one) for one in volumes)
    stack("remove", new["id"], 1)
    assert not any(stack.has("volumes", one) for one in volumes)
    stack("remove", other["id"], 1)
    api.call("DELETE", f"/images/{name}")

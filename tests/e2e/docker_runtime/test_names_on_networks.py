# SPDX-License-Identifier: Apache-2.0
import subprocess

FILE = """
services:
  web: {image: slipway.test/web, networks: {default: {aliases: [site], priority: 9}, back: {}}}
  asking: {image: slipway.test/base, command: [sleep, '1000'], links: ['web:linked']}
networks: {back: {}}
"""


def addresses(stack, name):
    """Whom the name leads to; the engine's own server answers at once where it knows it."""
    asking = next(one for one in stack.instances() if one["service"] == "asking")
    words, status = stack.exec(asking["id"], "timeout", "5", "nslookup", name, "127.0.0.11")
    return set(line.split()[-1] for line in words.splitlines()
               if line.startswith("Address") and "127.0.0.11" not in line) if status == 0 else set()


def host_of(instance):
    return instance["ports"].split(",")[0].split(":")[1]


def test_a_replica_has_its_name_while_it_is_joined(stack):
    stack.compose(FILE)
    stack("prepare")
    stack.up("asking")
    stack("join", stack.instances()[0]["id"])
    first, second = stack.up("web", 1), stack.up("web", 2)
    assert first["joined"] == "0"
    assert addresses(stack, "web") == set()
    stack("join", first["id"])
    stack("join", first["id"])
    joined = next(one for one in stack.instances() if one["id"] == first["id"])
    assert (joined["joined"], joined["ports"]) == ("1", first["ports"])
    for name in ("web", "site", "linked"):
        assert addresses(stack, name) == {host_of(first)}, name
    stack("join", second["id"])
    assert addresses(stack, "web") == {host_of(first), host_of(second)}
    stack("leave", first["id"])
    assert addresses(stack, "web") == {host_of(second)}
    left = next(one for one in stack.instances() if one["id"] == first["id"])
    assert (left["joined"], left["ports"]) == ("0", first["ports"])
    networks = stack.inspect(first["id"])["NetworkSettings"]["Networks"]
    assert set(networks) == {f"{stack.name}_default", f"{stack.name}_back"}


def test_requests_in_flight_survive_joining_and_leaving(stack, engine):
    stack.compose(FILE)
    stack("prepare")
    web = stack.up("web")
    url = f"http://{host_of(web)}:8080/cgi-bin/slow?2"
    for command in ("join", "leave"):
        asking = subprocess.Popen([*engine.prefix, "curl", "-sS", "--retry", "20",
                                   "--retry-connrefused", url], stdout=subprocess.PIPE, text=True)
        busy = ["sh", "-c", f"while ! busybox netstat -tn | grep -q '{host_of(web)}:8080.*ESTAB'; "
                "do :; done"]
        engine.run(busy, timeout=30)
        stack(command, web["id"])
        assert asking.communicate(timeout=30)[0] == "1\n"


def test_one_that_lost_its_network_comes_back(stack, engine):
    """As when control is killed between leaving and coming back."""
    stack.compose(FILE)
    stack("prepare")
    web = stack.up("web")
    stack("join", web["id"])
    engine.api.call("POST", f"/networks/{stack.name}_back/disconnect", {"Container": web["id"]})
    assert stack.instances()[0]["joined"] == "0"
    stack("join", web["id"])
    assert stack.instances()[0]["joined"] == "1"


def test_one_offs_have_no_name_of_the_service(stack):
    stack.compose(FILE)
    stack("prepare")
    stack.up("asking")
    oneoff = stack.up("web", 1, "x")
    assert oneoff["oneoff"] == "1"
    stack("join", oneoff["id"])
    assert addresses(stack, "web") == set()

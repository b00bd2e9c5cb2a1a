# SPDX-License-Identifier: Apache-2.0
import pytest
from support.docker_stack import Failed

WEB = "services: {web: {image: slipway.test/web%s}}\n"


def fetch(engine, address, path="/version"):
    done = engine.run(["busybox", "wget", "-qO-", f"http://{address}{path}"], capture_output=True,
                      text=True, timeout=30)
    return done.stdout if done.returncode == 0 else None


def wait_for(condition, engine):
    """Until the container says so; its own events would be the other way to know."""
    for _ in range(600):
        if condition():
            return
        engine.run(["busybox", "usleep", "100000"])
    raise AssertionError("it never came")


def test_from_create_to_remove(stack, engine):
    stack.compose(WEB % ", expose: [9000]")
    stack("prepare")
    made = stack.create("web", 3)
    assert (made["name"], made["state"], made["number"]) == (f"{stack.name}-web-3", "created", "3")
    assert made["ports"] == ""
    stack("start", made["id"])
    stack("start", made["id"])
    found = stack.instances()[0]
    assert (found["state"], found["revision"], found["oneoff"]) == ("running", "1", "0")
    ports = dict(one.split(":", 1) for one in found["ports"].split(","))
    assert set(ports) == {"8080", "9000"}, "those of the image, and those of the file"
    wait_for(lambda: fetch(engine, ports["8080"]) == "1", engine)
    stack("stop", made["id"], 10)
    stack("stop", made["id"], 10)
    found = stack.instances()[0]
    assert (found["state"], found["exit"], found["ports"]) == ("exited", "0", "")
    assert "out 1 stops\n" in stack("logs", made["id"])
    stack("remove", made["id"])
    assert stack.instances() == []


def test_what_is_gone_has_stopped(stack):
    stack.compose(WEB % "")
    for command in ("stop", "kill", "remove", "leave"):
        stack(command, "0123456789ab", 9)
    with pytest.raises(Failed, match="0123456789ab"):
        stack("start", "0123456789ab")


def test_what_does_not_end_is_killed(stack):
    stack.compose("services: {a: {image: slipway.test/base, command: [sh, -c, "
                  "'trap : TERM; echo ready; while :; do sleep 1; done']}}")
    stack("prepare")
    made = stack.up("a")
    # Before it is a shell, it is a part of the engine, which a signal ends.
    wait_for(lambda: "ready" in stack("logs", made["id"]), stack.engine)
    stack("stop", made["id"], 1)
    assert stack("wait", made["id"]) == "status=137\n"


def test_the_stop_signal_is_its_own(stack):
    stack.compose("services: {a: {image: slipway.test/base, stop_signal: SIGUSR1, command: [sh, "
                  "-c, 'trap \"exit 9\" USR1; echo ready; while :; do sleep 0.1; done']}}")
    stack("prepare")
    made = stack.up("a")
    wait_for(lambda: "ready" in stack("logs", made["id"]), stack.engine)
    stack("stop", made["id"], 30)
    assert stack("wait", made["id"]) == "status=9\n"


def test_a_kept_one_gives_its_name_and_gets_it_back(stack):
    stack.compose("services: {a: {image: slipway.test/base, container_name: %s-fixed, "
                  "command: [sleep, '1000']}}" % stack.name)
    stack("prepare")
    old = stack.up("a")
    with pytest.raises(Failed, match="the name is taken"):
        stack.create("a")
    stack("stop", old["id"], 0)
    stack.revision = 2
    new = stack.up("a")
    names = {one["id"]: one["name"] for one in stack.instances()}
    assert names[new["id"]] == f"{stack.name}-fixed"
    assert names[old["id"]].startswith(f"{stack.name}-fixed-old-")
    stack("remove", new["id"])
    stack("start", old["id"])
    assert stack.instances()[0]["name"] == f"{stack.name}-fixed"


def test_a_name_of_a_stranger_is_left_to_them(stack, engine):
    stack.compose(WEB % "")
    stack("prepare")
    made = engine.api.json("POST", f"/containers/create?name={stack.name}-web-1",
                           {"Image": "slipway.test/base"})
    try:
        with pytest.raises(Failed, match="the name is taken by the container .* of no project"):
            stack.create("web")
    finally:
        engine.api.call("DELETE", f"/containers/{made['Id']}")


def test_a_port_that_is_taken_says_by_whom(stack, engine):
    stack.compose("""
services:
  a: {image: slipway.test/base, command: [sleep, '1000'], ports: ['45999:1/udp']}
  b: {image: slipway.test/base, command: [sleep, '1000'], ports: ['45999:2/udp']}
""")
    stack("prepare")
    first = stack.up("a")
    assert "45999->1/udp" in stack.run("observe").stdout
    assert first["joined"] == "1", "it cannot leave its network without losing its port"
    second = stack.create("b")
    with pytest.raises(Failed, match=f"45999 is published by the container {first['name']}"):
        stack("start", second["id"])


FILES = """
services:
  a:
    image: slipway.test/base
    command: [sleep, '1000']
    read_only: %s
    configs: [{source: c, target: /etc/of/c, mode: 0440, uid: '5', gid: '6'}]
    secrets: [s]
configs: {c: {content: "one\\ntwo"}}
secrets: {s: {file: ./secret}}
"""


@pytest.mark.parametrize("read_only", ["false", "true"])
def test_configs_and_secrets_are_files(stack, read_only):
    (stack.folder / "secret").write_bytes(b"\x00\xff not text")
    stack.compose(FILES % read_only)
    stack("prepare")
    made = stack.up("a")
    listed, _ = stack.exec(made["id"], "stat", "-c", "%a %u %g %s", "/etc/of/c", "/run/secrets/s")
    assert listed.split("\n") == ["440 5 6 7", "444 0 0 11"]
    assert stack.exec(made["id"], "cat", "/etc/of/c")[0] == "one\ntwo"
    stack("remove", made["id"])
    names = [one["Name"] for one in stack.engine.api.json("GET", "/volumes")["Volumes"] or []]
    assert not any(stack.name in name for name in names), "volumes of files go with the container"


HOOKS = """
services:
  a:
    image: slipway.test/base
    command: [sleep, '1000']
    init: true
    volumes: ['{folder}:/out']
    post_start: [{command: [sh, -c, 'echo "$$X" >/out/started; exit {status}'],
                 environment: {X: "a\\nb"}, user: '0', working_dir: /tmp}]
    pre_stop: [{command: [sh, -c, 'pwd >/out/stopped'], working_dir: /tmp}]
"""


def test_hooks_run_in_the_container(stack):
    stack.compose(HOOKS.replace("{folder}", str(stack.folder)).replace("{status}", "0"))
    stack("prepare")
    made = stack.up("a")
    assert (stack.folder / "started").read_text() == "a\nb\n"
    stack("stop", made["id"], 20)
    assert (stack.folder / "stopped").read_text() == "/tmp\n"


def test_a_hook_that_does_not_end_holds_nothing_up(stack):
    stack.compose(HOOKS.replace("{folder}", str(stack.folder)).replace("{status}", "0")
                  .replace("pwd >/out/stopped", "sleep 100000"))
    stack("prepare")
    made = stack.up("a")
    stack("stop", made["id"], 1)
    assert stack.instances()[0]["state"] == "exited"


def test_a_failing_hook_fails_the_start(stack):
    stack.compose(HOOKS.replace("{folder}", str(stack.folder)).replace("{status}", "3"))
    stack("prepare")
    with pytest.raises(Failed, match="post_start of .*-a-1: sh: it ended with 3"):
        stack.up("a")


def test_statistics(stack):
    stack.compose("services: {a: {image: slipway.test/base, command: [sleep, '1000'], "
                  "mem_limit: 64m}}")
    stack("prepare")
    made = stack.up("a")
    words = dict(word.split("=") for word in stack("statistics", made["id"]).split())
    assert words["limit"] == str(64 << 20)
    assert int(words["processes"]) >= 1


def test_one_without_its_files_is_no_instance(stack, engine):
    """As when control is killed while it makes one."""
    (stack.folder / "secret").write_text("s")
    stack.compose(FILES % "false")
    stack("prepare")
    made = stack.create("a")
    labels = stack.inspect(made["id"])["Config"]["Labels"]
    stack("remove", made["id"])
    for number in (1, 2):
        engine.api.json("POST", f"/containers/create?name={stack.name}-a-{number}.slipway-making",
                        {"Image": "slipway.test/base", "Labels": labels})
    assert stack.instances() == []
    stack.create("a", 1)
    assert stack.list("containers") == [f"{stack.name}-a-1", f"{stack.name}-a-2.slipway-making"]
    stack("clean", 0, "desired")
    assert stack.list("containers") == [f"{stack.name}-a-1"]

# SPDX-License-Identifier: Apache-2.0
import io
import tarfile

import pytest
from support.docker_stack import Failed

DOCKERFILE = """
FROM slipway.test/base AS first
ARG A
ARG B=unset
RUN echo "A=$A B=$B" >/arguments; date +%s%N >/moment; cat /etc/hosts >/hosts; \\
    (ulimit -Sn; ulimit -Hn) >/limits; df -k /dev/shm | tail -1 >/memory; ls /sys/class/net >/network
FROM first
RUN echo second >/stage
"""

FILE = """
services:
  a:
    build:
      context: .
      dockerfile: dir/Other
      args: {A: "x y", B: null}
      labels: {made: here}
      target: first
      extra_hosts: ['far=10.9.8.7']
      network: none
      shm_size: 2m
      ulimits: {nofile: {soft: 111, hard: 222}}
      tags: ['%(name)s-tag:5']
%(more)s
"""


def context(**files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("__", "/"))
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content.encode()))
    return buffer


def build(stack, tmp_path, **files):
    path = tmp_path / "context.tar"
    path.write_bytes(context(**files).getvalue())
    with open(path, "rb") as file:
        return stack("build", "a", stdin=file).strip()


def look(stack, image, *paths):
    api = stack.engine.api
    made = api.json("POST", "/containers/create", {"Image": image, "Cmd": ["cat", *paths]})
    api.call("POST", f"/containers/{made['Id']}/start")
    api.call("POST", f"/containers/{made['Id']}/wait")
    log = api.call("GET", f"/containers/{made['Id']}/logs", query={"stdout": 1, "stderr": 1})
    api.call("DELETE", f"/containers/{made['Id']}")
    return log.decode(errors="replace")


def test_build_does_what_the_keys_say(stack, tmp_path):
    stack.compose(FILE % {"name": stack.name, "more": ""})
    image = build(stack, tmp_path, dir__Other=DOCKERFILE)
    assert "Step 1/" in stack.said, "its output is shown"
    said = look(stack, image, "/arguments", "/hosts", "/limits", "/memory", "/network", "/stage")
    for part in ("A=x y B=unset", "10.9.8.7\tfar", "111", "222", "2048", "open '/stage'"):
        assert part in said, part
    assert "eth0" not in said
    found = stack.engine.api.json("GET", f"/images/{stack.name}-a/json")
    assert found["Id"] == image
    assert found["Config"]["Labels"]["made"] == "here"
    assert f"{stack.name}-tag:5" in found["RepoTags"]
    assert stack("resolve", "a").strip() == image
    assert build(stack, tmp_path, dir__Other=DOCKERFILE) == image, "from the cache"
    stack.compose(FILE % {"name": stack.name, "more": "      no_cache: true"})
    assert build(stack, tmp_path, dir__Other=DOCKERFILE) != image


def test_cache_from_and_pull(stack, tmp_path):
    """Told to the engine; the one looks for images that are not there, the other for a registry."""
    stack.compose(FILE % {"name": stack.name, "more": f"      cache_from: ['{stack.name}-none']"})
    assert build(stack, tmp_path, dir__Other=DOCKERFILE).startswith("sha256:")
    stack.compose(FILE % {"name": stack.name, "more": "      pull: true"})
    with pytest.raises(Failed, match="slipway.test/base"):
        build(stack, tmp_path, dir__Other=DOCKERFILE)


def test_dockerfile_inline_comes_as_the_contexts_own(stack, tmp_path):
    stack.compose("services: {a: {image: '%s:own', build: {context: ., dockerfile_inline: x}}}"
                  % stack.name)
    image = build(stack, tmp_path, Dockerfile="FROM slipway.test/base\nLABEL in=line\n")
    found = stack.engine.api.json("GET", f"/images/{stack.name}:own/json")
    assert (found["Id"], found["Config"]["Labels"]["in"]) == (image, "line")


def test_a_step_that_fails(stack, tmp_path):
    stack.compose("services: {a: {build: .}}")
    with pytest.raises(Failed, match='building "a": .*exit 3.*returned a non-zero code: 3'):
        build(stack, tmp_path, Dockerfile="FROM slipway.test/base\nRUN echo words; exit 3\n")
    assert "words" in stack.said
    with pytest.raises(Failed, match="is not built yet"):
        stack("resolve", "a")


def test_what_a_later_build_replaced_is_pruned(stack, other, tmp_path):
    def made(one, text):
        one.compose("services: {a: {build: .}}")
        return build(one, tmp_path, Dockerfile=f"FROM slipway.test/base\nRUN echo {text} >/x\n")

    first, second = made(stack, stack.name), made(stack, "other" + stack.name)
    theirs = made(other, other.name)
    made(other, "other" + other.name)
    assert first != second
    stack("prune")
    assert not stack.has("images", first)
    assert stack.has("images", second) and stack.has("images", theirs)

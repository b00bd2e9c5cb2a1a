# SPDX-License-Identifier: Apache-2.0
import base64
import io
import json
import tarfile
import time

import pytest
from engine import REGISTRY_PASSWORD, REGISTRY_USER
from support.docker_stack import Failed


def use(stack, image, more=""):
    stack.compose("services: {a: {image: '%s'%s}}" % (image, more))


@pytest.fixture(scope="module")
def registry(engine):
    return engine.start_registry()


@pytest.fixture
def published(engine, registry, stack):
    """Pushed, and not here."""
    name = f"{registry}/{stack.name}:1"
    push(engine, name, "first")
    return name


def push(engine, name, content, credentials=None):
    repository, _, tag = name.rpartition(":")
    engine.import_image(repository + ":" + tag, {"content": content})
    engine.push(name, credentials)
    engine.api.call("DELETE", f"/images/{name}", query={"force": 1})


def test_what_is_missing_is_pulled_once(stack, published):
    use(stack, published)
    first = stack("resolve", "a")
    assert f"pulling {published}" in stack.said
    assert first.startswith("sha256:")
    assert stack("resolve", "a") == first
    assert stack.said == "", "what is here needs no registry"


def test_policies(stack, engine, published):
    use(stack, published, ", pull_policy: never")
    with pytest.raises(Failed, match="not here, and pull_policy forbids"):
        stack("resolve", "a")
    use(stack, published)
    first = stack("resolve", "a")
    engine.import_image(published, {"content": "second"})
    engine.push(published)
    engine.api.call("POST", f"/images/{first.strip()}/tag",
                    query={"repo": published.rpartition(":")[0], "tag": "1"})
    for policy in ("missing", "if_not_present", "daily", "weekly", "every_2h", "never"):
        use(stack, published, f", pull_policy: {policy}")
        assert stack("resolve", "a") == first, policy
    use(stack, published, ", pull_policy: every_1s")
    end = time.monotonic() + 30
    while stack("resolve", "a") == first:
        assert time.monotonic() < end, "it is old by now"
    engine.api.call("POST", f"/images/{first.strip()}/tag",
                    query={"repo": published.rpartition(":")[0], "tag": "1"})
    use(stack, published)
    assert stack("resolve", "a") == first
    assert stack("resolve", "a", "force") != first
    use(stack, published, ", pull_policy: always")
    assert stack("resolve", "a") != first


def test_no_such_image(stack, registry):
    use(stack, f"{registry}/nothing:here")
    with pytest.raises(Failed, match=f'service "a": pulling {registry}/nothing:here: '):
        stack("resolve", "a")


def test_no_such_registry(stack):
    use(stack, "127.0.0.1:9/x:1")
    with pytest.raises(Failed, match="pulling 127.0.0.1:9/x:1: .*refused"):
        stack("resolve", "a")


def test_a_registry_with_a_password(stack, engine):
    registry = engine.start_registry(with_password=True)
    name = f"{registry}/private:1"
    push(engine, name, "x", {"username": REGISTRY_USER, "password": REGISTRY_PASSWORD})
    use(stack, name)
    with pytest.raises(Failed, match=f"docker login {registry}"):
        stack("resolve", "a")
    (stack.folder / ".docker").mkdir()
    auth = base64.b64encode(f"{REGISTRY_USER}:{REGISTRY_PASSWORD}".encode()).decode()
    (stack.folder / ".docker" / "config.json").write_text(json.dumps({"auths": {registry:
                                                                                {"auth": auth}}}))
    assert stack("resolve", "a").startswith("sha256:")


def test_an_image_for_another_machine(stack, engine):
    name = f"{stack.name}-foreign"
    configuration = json.dumps({"architecture": "s390x", "os": "linux", "config": {},
                                "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, data in (("c.json", configuration), ("manifest.json", json.dumps(
                [{"Config": "c.json", "RepoTags": [f"{name}:latest"], "Layers": []}]).encode())):
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    engine.api.stream("POST", "/images/load", buffer.getvalue(),
                      headers={"Content-Type": "application/x-tar"})
    use(stack, name)
    with pytest.raises(Failed, match="is for s390x, and this machine is amd64"):
        stack("resolve", "a")
    use(stack, name, ", platform: linux/s390x")
    assert stack("resolve", "a").startswith("sha256:")
    use(stack, name, ", platform: linux/amd64")
    with pytest.raises(Failed, match="service wants linux/amd64"):
        stack("resolve", "a")


def test_revisions_keep_their_images(stack, other, engine, published):
    use(stack, published)
    first = stack("resolve", "a").strip()
    stack("retain", "a", first)
    stack("retain", "a", first)
    other.revision = 5
    use(other, published)
    other("retain", "a", first)
    engine.api.call("DELETE", f"/images/{published}")
    stack("prune")
    assert stack.has("images", first)
    stack("release")
    stack("release")
    stack("prune")
    assert stack.has("images", first), "another project needs it"
    other("release")
    assert not stack.has("images", first)


def test_what_is_released_while_it_is_used_goes_later(stack, engine):
    name = f"{stack.name}-base"
    engine.import_image(name, {**engine.base_files(), "of": stack.name}, ['CMD ["/bin/sh"]'])
    stack.compose("services: {a: {image: %s, command: [sleep, '1000']}}" % name)
    stack("prepare")
    image = stack("resolve", "a").strip()
    made = stack.up("a")
    stack("retain", "a", image)
    engine.api.call("DELETE", f"/images/{name}")
    stack("release")
    stack("prune")
    assert stack.has("images", image), "a container is made from it"
    stack("remove", made["id"])
    assert int(stack("prune").partition("=")[2]) > 0
    assert not stack.has("images", image)


def test_ended_one_offs_are_pruned(stack, other):
    for one in (stack, other):
        one.compose("services: {a: {image: slipway.test/base, command: [ls]}}")
        one("prepare")
        made = one.up("a", 1, "x")
        one("wait", made["id"])
    stack("prune")
    assert stack.instances() == []
    assert len(other.instances()) == 1

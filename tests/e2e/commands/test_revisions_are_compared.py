# SPDX-License-Identifier: Apache-2.0

import pytest
from played_events import result


@pytest.fixture
def kept(shell):
    """The files as they are are revision 4, which serves; 3 had another image and password."""
    shell.compose("services: {api: {image: new, environment: {PASSWORD: secret2, A: 'x$$y'}}}\n")
    shell.daemon.deploys("shop", [result()])
    shell.run("up")
    spec = shell.deploy()["spec"]
    revision = {"number": 4, "state": "deployed", "serving": True, "author": "a@b", "note": "up"}
    earlier = {**revision, "number": 3, "serving": False}
    shell.daemon.answer("GET /v1/projects/shop/revisions", {"revisions": [revision, earlier]})
    shell.daemon.answer("GET /v1/projects/shop/revisions/4", {**revision, "spec": spec})
    api = spec["services"]["api"]
    before = {**api, "image": "old", "environment": {**api["environment"], "PASSWORD": "secret1"}}
    shell.daemon.answer(
        "GET /v1/projects/shop/revisions/3", {**earlier, "spec": {**spec, "services": {"api": before}}}
    )
    return shell


def test_files_that_serve_have_no_difference(kept):
    done = kept.run("diff")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def reversed_keys(value):
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def test_the_order_of_keys_is_no_difference(shell):
    shell.compose(
        "services: {api: {command: sleep 1000, environment: {A: x, B: y}, x-slipway: {runtime: process}}}\n"
    )
    shell.daemon.deploys("shop", [result()])
    shell.run("up")
    revision = {"number": 1, "state": "deployed", "serving": True, "author": "a@b"}
    shell.daemon.answer("GET /v1/projects/shop/revisions", {"revisions": [revision]})
    spec = reversed_keys(shell.deploy()["spec"])
    shell.daemon.answer("GET /v1/projects/shop/revisions/1", {**revision, "spec": spec})
    assert shell.run("diff").stdout == ""
    spec["services"]["api"]["environment"].pop("A")
    text = shell.run("diff").stdout
    changes = [line for line in text.splitlines()[2:] if line[0] in "+-"]
    assert changes == ["+      A: x"]


def test_files_are_compared_with_what_serves(kept):
    kept.compose("services: {api: {image: newer, environment: {PASSWORD: secret2, A: 'x$$y'}}}\n")
    done = kept.run("diff")
    assert done.stdout.startswith("--- revision 4 (serving)\n+++ the files\n@@ ")
    assert "-    image: new\n+    image: newer\n" in done.stdout


def test_secrets_are_masked_and_seen_to_differ(kept):
    for arguments in (["3"], ["3", "4"]):
        text = kept.run("diff", *arguments).stdout
        assert text.startswith("--- revision 3\n+++ revision 4 (serving)\n")
        assert "-    image: old\n" in text and "+    image: new\n" in text
        assert "+      PASSWORD: '******** (changed)'\n" in text
        assert "secret1" not in text and "secret2" not in text


def test_revisions_are_listed(kept):
    lines = kept.run("revisions").stdout.splitlines()
    assert lines[0].split() == ["REVISION", "STATE", "AGE", "AUTHOR", "NOTE"]
    assert [line.split()[:2] for line in lines[1:]] == [["4", "serving"], ["3", "deployed"]]

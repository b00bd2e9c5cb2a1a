# SPDX-License-Identifier: Apache-2.0

import io
import tarfile

import pytest
from played_events import result

BUILT = [
    {"type": "output", "text": "Step 1/2 : FROM scratch\n"},
    {"type": "output", "text": "\x1b[2Jdone\n"},
    {"type": "result", "content": "sha256:1"},
]


@pytest.fixture
def built(shell):
    context = shell.folder / "app"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\n")
    (context / "main.c").write_text("int main;\n")
    (context / "secret.key").write_text("x")
    (context / ".dockerignore").write_text("*.key\n")
    shell.compose("services: {api: {build: ./app, image: 'shop/api'}, db: {image: db}}\n")
    shell.daemon.answer("GET /v1/images", {"images": []})
    shell.daemon.answer("POST /v1/projects/shop/specs", {"hash": "h1"})
    shell.daemon.answer("POST /v1/projects/shop/builds/api", stream=BUILT)
    shell.daemon.deploys("shop", [result()])
    return shell


def builds(shell, project="shop", service="api"):
    return shell.daemon.asked(f"POST /v1/projects/{project}/builds/{service}")


def files(request):
    with tarfile.open(fileobj=io.BytesIO(request.body)) as archive:
        return {
            entry.name.removeprefix("./"): archive.extractfile(entry).read()
            for entry in archive
            if entry.isfile()
        }


def test_up_builds_what_is_not_there(built):
    done = built.run("up")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("api | Step 1/2 : FROM scratch\napi | \\x1b[2Jdone\n")
    assert builds(built)[0].query == {"spec": "h1"}
    assert builds(built)[0].headers["Content-Type"] == "application/x-tar"
    sent = files(builds(built)[0])
    assert sent["main.c"] == b"int main;\n" and sent["Dockerfile"] == b"FROM scratch\n"
    assert "secret.key" not in sent
    sent = built.daemon.asked("POST /v1/projects/shop/specs")[0].json
    assert sent["services"]["api"]["build"]["context"] == str(built.folder / "app")
    assert len(built.daemon.asked("POST /v1/projects/shop/deploys")) == 1


def test_what_is_there_is_built_only_on_demand(built):
    built.daemon.answer("GET /v1/images", {"images": [{"id": "i", "names": ["shop/api:latest"]}]})
    assert built.run("up").returncode == 0
    assert builds(built) == []
    assert built.run("up", "--build").returncode == 0
    assert len(builds(built)) == 1


def test_a_build_that_fails_deploys_nothing(built):
    built.daemon.answer(
        "POST /v1/projects/shop/builds/api",
        stream=[BUILT[0], {"type": "result", "error": "building api: the command failed"}],
    )
    done = built.run("up")
    assert (done.returncode, done.stderr) == (1, "slipway: building api: the command failed\n")
    assert built.daemon.asked("POST /v1/projects/shop/deploys") == []


def test_a_dockerfile_from_elsewhere_goes_with_it(built):
    (built.folder / "Other").write_text("FROM other\n")
    built.compose("services: {api: {build: {context: ./app, dockerfile: ../Other}}}\n")
    assert built.run("build").returncode == 0
    spec = built.daemon.asked("POST /v1/projects/shop/specs")[0].json
    name = spec["services"]["api"]["build"]["dockerfile"]
    assert files(builds(built)[0])[name] == b"FROM other\n"
    built.compose("services: {api: {build: {context: ./app, dockerfile_inline: 'FROM inline'}}}\n")
    assert built.run("build", "--no-cache", "api").returncode == 0
    assert files(builds(built)[1])[name] == b"FROM inline"
    assert builds(built)[1].query["no_cache"] == "1"


def test_a_folder_is_built_without_a_project(built):
    built.daemon.answer("POST /v1/projects/build/specs", {"hash": "h2"})
    built.daemon.answer("POST /v1/projects/build/builds/image", stream=BUILT)
    done = built.run("build", "-t", "mine:1", "--build-arg", "A=1", "./app")
    assert (done.returncode, done.stderr) == (0, "")
    service = built.daemon.asked("POST /v1/projects/build/specs")[0].json["services"]["image"]
    assert (service["image"], service["build"]["args"]) == ("mine:1", {"A": "1"})
    assert "main.c" in files(builds(built, "build", "image")[0])
    assert built.run("build", "./app").returncode == 2


def test_what_cannot_be_built_is_told(built):
    built.compose("services: {api: {build: 'https://example.com/api.git'}}\n")
    done = built.run("build")
    assert done.returncode == 1
    assert "https://example.com/api.git is on another machine" in done.stderr
    built.compose("services: {api: {build: ./none}}\n")
    done = built.run("build")
    assert done.returncode == 1 and "none" in done.stderr
    built.compose("services: {api: {image: x}}\n")
    assert "nothing to build" in built.run("build").stderr
    assert builds(built) == []

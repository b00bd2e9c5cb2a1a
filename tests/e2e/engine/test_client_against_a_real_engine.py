# SPDX-License-Identifier: Apache-2.0
"""Everything that the engine client can do, asked of dockerd itself."""

import base64
import json

import pytest

import engine as engines
from support.binary import find_binary


@pytest.fixture(scope="module")
def registries(engine):
    """An open one and a locked one, which both have base:1."""
    names = engine.start_registry(), engine.start_registry(with_password=True)
    credentials = {"username": engines.REGISTRY_USER, "password": engines.REGISTRY_PASSWORD}
    for name, auth in zip(names, (None, credentials)):
        engine.api.call("POST", f"/images/{engines.BASE}/tag",
                        query={"repo": f"{name}/base", "tag": "1"})
        engine.push(f"{name}/base:1", auth)
        engine.api.call("DELETE", f"/images/{name}/base:1")
    return names


@pytest.mark.parametrize("part", ["containers", "images"])
def test_client_against_a_real_engine(engine, registries, tmp_path, part):
    program = find_binary().parent / "tests" / "unit" / f"test-engine-real-{part}"
    if not program.is_file():
        pytest.skip(f"{program} is not built")
    auth = f"{engines.REGISTRY_USER}:{engines.REGISTRY_PASSWORD}".encode()
    (tmp_path / "config.json").write_text(json.dumps(
        {"auths": {registries[1]: {"auth": base64.b64encode(auth).decode()}}}))
    environment = {**engine.environment(), "SLIPWAY_TEST_ENGINE": str(engine.socket_path),
                   "SLIPWAY_TEST_REGISTRY": registries[0], "SLIPWAY_TEST_LOCKED": registries[1],
                   "DOCKER_CONFIG": str(tmp_path), "CMOCKA_MESSAGE_OUTPUT": "TAP"}
    before = everything(engine)
    done = engine.run([program], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# SKIP" not in done.stdout
    assert everything(engine) == before


def everything(engine):
    """What the tests of the client must clear up themselves."""
    return (sorted(one["Id"] for one in engine.api.json("GET", "/containers/json", query={"all": 1})),
            sorted(one["Name"] for one in engine.api.json("GET", "/networks")),
            sorted(one["Name"] for one in engine.api.json("GET", "/volumes")["Volumes"] or ()))

# SPDX-License-Identifier: Apache-2.0

import pytest

FILE = """
    services:
      web:
        image: x
        build: .
        ports: ['80:80', '53:53/udp']
        privileged: true
        depends_on: [db]
        deploy: {replicas: 2, resources: {reservations: {cpus: 1}}}
        x-mine: 1
      db: {image: d, links: [cache], volumes: ['v:/v']}
      cache: {image: c, network_mode: host}
    volumes: {v: }
    models: {m: {model: a}}
    """


@pytest.mark.parametrize("runtime", ["docker", "swarm", "process"])
def test_no_key_is_dropped_silently(project, runtime):
    project.compose(FILE)
    report = project.passes("--json", "config", "--report", runtime).json
    assert report["runtime"] == runtime
    paths = {line["path"]: line["support"] for line in report["keys"]}
    config = project.passes("config").yaml
    for name, service in config["services"].items():
        for key in service:
            assert f"services.{name}.{key}" in paths
    assert set(paths.values()) <= {"honoured", "emulated", "refused"}
    for support in ("honoured", "emulated", "refused"):
        assert report[support] == sum(line["support"] == support for line in report["keys"])


@pytest.mark.parametrize("runtime", ["docker", "swarm", "process"])
def test_what_is_not_honoured_says_why(project, runtime):
    project.compose(FILE)
    for line in project.passes("--json", "config", "--report", runtime).json["keys"]:
        if line["support"] != "honoured":
            assert line.get("note"), line


@pytest.mark.parametrize(
    "runtime, path, support",
    [
        ("docker", "services.web.privileged", "honoured"),
        ("swarm", "services.web.privileged", "refused"),
        ("process", "services.web.privileged", "refused"),
        ("docker", "services.web.ports", "emulated"),
        ("process", "services.web.image", "refused"),
        ("swarm", "services.web.build", "emulated"),
        ("docker", "services.web.deploy.replicas", "emulated"),
        ("swarm", "services.cache.network_mode", "emulated"),
        ("docker", "models", "refused"),
        ("docker", "services.web.x-mine", "honoured"),
        ("docker", "services.web.ports[1]", "honoured"),
        ("process", "services.web.ports[1]", "refused"),
    ],
)
def test_support(project, runtime, path, support):
    project.compose(FILE)
    report = project.passes("--json", "config", "--report", runtime).json
    assert [line["support"] for line in report["keys"] if line["path"] == path] == [support]

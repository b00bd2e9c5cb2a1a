# SPDX-License-Identifier: Apache-2.0

def test_args_as_list_and_as_map(web):
    assert web("build: {args: [A=1, B=]}")["build"]["args"] == {"A": "1", "B": ""}
    assert web("build: {args: {A: 1, B: true, C: 1.5}}")["build"]["args"] == {
        "A": "1",
        "B": "true",
        "C": "1.5",
    }


def test_arg_without_value_is_taken_from_the_environment(web):
    assert web("build: {args: [A, B]}", env={"A": "outer"})["build"]["args"] == {
        "A": "outer",
        "B": None,
    }


def test_additional_contexts(web, project):
    expected = {"base": "docker-image://alpine", "lib": project.path("lib")}
    assert web("build: {additional_contexts: [base=docker-image://alpine, lib=./lib]}")["build"][
        "additional_contexts"
    ] == expected
    assert web("build: {additional_contexts: {base: 'docker-image://alpine', lib: ./lib}}")["build"][
        "additional_contexts"
    ] == expected


def test_ssh(web):
    assert web("build: {ssh: [default]}")["build"]["ssh"] == ["default"]
    assert web("build: {ssh: {mine: /keys/id}}")["build"]["ssh"] == ["mine=/keys/id"]


def test_labels_hosts_and_limits(web):
    build = web(
        """
        build:
          labels: [a=b, c]
          extra_hosts: {host: 10.0.0.1}
          ulimits: {nofile: {soft: 1, hard: 2}}
          shm_size: 64m
          secrets: [token]
        """,
        "secrets: {token: {environment: TOKEN}}\n",
    )["build"]
    assert build["labels"] == {"a": "b", "c": ""}
    assert build["extra_hosts"] == ["host=10.0.0.1"]
    assert build["ulimits"] == {"nofile": {"soft": 1, "hard": 2}}
    assert build["shm_size"] == "67108864"
    assert build["secrets"][0]["source"] == "token"


def test_plain_lists_and_switches_stay(web):
    build = web(
        """
        build:
          cache_from: [a, b]
          cache_to: [type=local]
          no_cache: true
          pull: true
          tags: [x:1]
          platforms: [linux/amd64]
          privileged: true
          network: host
          target: prod
          isolation: process
          entitlements: [network.host]
          provenance: mode=max
          sbom: true
        """
    )["build"]
    assert build["cache_from"] == ["a", "b"]
    assert build["cache_to"] == ["type=local"]
    assert (build["no_cache"], build["pull"], build["privileged"]) == (True, True, True)
    assert build["tags"] == ["x:1"]
    assert build["platforms"] == ["linux/amd64"]
    assert (build["network"], build["target"], build["isolation"]) == ("host", "prod", "process")
    assert build["entitlements"] == ["network.host"]
    assert build["provenance"] == "mode=max"
    assert build["sbom"] in (True, "true")

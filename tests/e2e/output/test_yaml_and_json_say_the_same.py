# SPDX-License-Identifier: Apache-2.0

FILE = """
    services:
      web:
        image: x
        environment: {A: "1", B: "", C: , D: "yes", E: "1.0", F: "null", G: "a: b", H: "  x ", I: "#", J: "~"}
        labels: {"a b": "[", "c": "{", "d": "'", "e": '"', "f": "*x", "g": "&x", "h": "!x", "i": "%x", "j": "@x"}
        command: ["-", "--", "?", ":", "", " ", "\\n", "\\t", "0x1F", "1e3", "22:22", "2024-01-01", "on", "NO", "=", "<<"]
        ports: ["80:80"]
        cpus: 0.5
        init: true
    x-a: [1, 1.5, true, null, "1", "true", "null", "", [], {}, [[1], [2, [3]]], {a: {b: []}}]
    """


def test_same_data(project):
    project.compose(FILE)
    from_json = project.config()
    from_yaml = project.passes("config").yaml
    for service in from_json["services"].values():
        for key in ("command", "entrypoint"):
            if service[key] is None:
                del service[key]
    assert from_yaml == from_json


def test_json_option_chooses_json(project):
    project.compose(FILE)
    expected = project.config()
    assert project.passes("--json", "config").json == expected
    assert project.passes("config", "--json").json == expected
    assert project.passes("--json", "config", "--format", "yaml").yaml["name"] == "shop"

# SPDX-License-Identifier: Apache-2.0

FILE = """
    services:
      web:
        image: "${IMAGE:?name it}:${TAG:-latest}"
        command: "$PLAIN ${OPTION:+--flag} $$NOT"
        labels: ["${IN_LIST-}"]
      debug: {image: "${IMAGE}", profiles: [debug]}
    x-note: "${IN_EXTENSION}"
    """


def test_table(project):
    project.compose(FILE)
    lines = project.passes("config", "--variables").lines
    assert lines[0].split() == ["NAME", "REQUIRED", "DEFAULT", "ALTERNATIVE"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert sorted(rows) == ["IMAGE", "IN_EXTENSION", "IN_LIST", "OPTION", "PLAIN", "TAG"]
    assert rows["IMAGE"] == ["true"]
    assert rows["TAG"] == ["false", "latest"]
    assert rows["OPTION"] == ["false", "--flag"]


def test_json(project):
    project.compose(FILE)
    found = project.passes("--json", "config", "--variables").json
    assert found["IMAGE"]["required"] is True
    assert found["TAG"] == {"required": False, "default": "latest"}
    assert found["OPTION"]["alternative"] == "--flag"


def test_nothing_needs_to_be_set(project):
    project.compose("services: {web: {image: '${IMAGE:?}', mem_limit: '${M}'}}")
    assert project.passes("config", "--variables").errors == ""

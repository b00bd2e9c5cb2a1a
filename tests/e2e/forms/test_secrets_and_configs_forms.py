# SPDX-License-Identifier: Apache-2.0

TOP = """
secrets: {token: {environment: TOKEN}}
configs: {conf: {content: x}}
"""


def test_name_becomes_a_map(web):
    service = web("secrets: [token]\nconfigs: [conf]", TOP)
    assert service["secrets"] == [{"source": "token", "target": "/run/secrets/token"}]
    assert service["configs"] == [{"source": "conf"}]


def test_long_form_keeps_its_keys(web):
    service = web(
        """
        secrets: [{source: token, target: t, uid: '103', gid: '104', mode: 0o440}]
        configs: [{source: conf, target: /etc/c, mode: 0444}]
        """,
        TOP,
    )
    assert service["secrets"] == [
        {"source": "token", "target": "t", "uid": "103", "gid": "104", "mode": "0440"}
    ]
    assert service["configs"] == [{"source": "conf", "target": "/etc/c", "mode": "0444"}]


def test_origins_at_the_top(project):
    project.compose(
        """
        services: {web: {image: x, secrets: [a, b], configs: [c, d, e]}}
        secrets: {a: {file: ./a.txt}, b: {environment: B}}
        configs: {c: {file: ../c.txt}, d: {environment: D}, e: {content: "hello $${x}"}}
        """
    )
    config = project.config()
    assert config["secrets"]["a"] == {"name": "shop_a", "file": project.path("a.txt")}
    assert config["secrets"]["b"] == {"name": "shop_b", "environment": "B"}
    assert config["configs"]["c"]["file"] == str(project.folder.parent / "c.txt")
    assert config["configs"]["e"]["content"] == "hello $${x}"

# SPDX-License-Identifier: Apache-2.0

def test_all_kinds_keep_their_sections(web):
    mounts = web(
        """
        volumes:
          - {type: bind, source: /a, target: /a, read_only: true,
             bind: {propagation: rshared, create_host_path: false, recursive: disabled}}
          - {type: volume, source: data, target: /b, volume: {nocopy: true, subpath: sub, labels: [a=b]}}
          - {type: tmpfs, target: /c, tmpfs: {size: 64m, mode: 0o1777}}
          - {type: image, source: tools:1, target: /d, image: {subpath: bin}}
          - {type: npipe, source: '\\\\\\\\.\\\\pipe\\\\x', target: /e, consistency: cached}
        """,
        "volumes: {data: {}}\n",
    )["volumes"]
    assert mounts[0]["bind"] == {
        "propagation": "rshared",
        "create_host_path": False,
        "recursive": "disabled",
    }
    assert mounts[0]["read_only"] is True
    assert mounts[1]["volume"] == {"labels": {"a": "b"}, "nocopy": True, "subpath": "sub"}
    assert mounts[2]["tmpfs"] == {"size": "67108864", "mode": 0o1777}
    assert mounts[3]["image"] == {"subpath": "bin"}
    assert mounts[4]["consistency"] == "cached"


def test_bind_in_long_form_resolves_its_path(web, project):
    mounts = web("volumes: [{type: bind, source: ./a, target: /a}]")["volumes"]
    assert mounts[0]["source"] == project.path("a")

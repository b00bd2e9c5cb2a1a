# SPDX-License-Identifier: Apache-2.0

from support.certificates import certificate_name, client_context, make_certificate


def test_without_touching_a_connection(edge, tmp_path):
    origin = edge.origin(name="main")

    def put(name):
        files = make_certificate(tmp_path, name, "a.example")
        for kind in ("cert", "key"):  # always in the same two files
            (tmp_path / kind).write_bytes(open(files[kind], "rb").read())
        used = {"cert": str(tmp_path / "cert"), "key": str(tmp_path / "key")}
        edge.forward(origin, protocol="https", certificates=[used])

    put("old")
    client = edge.connect(tls=client_context(), server_name="a.example")
    assert client.get(host="a.example").status == 200
    put("new")
    assert client.get(host="a.example").status == 200
    assert certificate_name(client) == "old"
    fresh = edge.connect(tls=client_context(), server_name="a.example")
    assert certificate_name(fresh) == "new"
    assert fresh.get(host="a.example").status == 200

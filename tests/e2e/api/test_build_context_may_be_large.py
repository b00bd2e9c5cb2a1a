# SPDX-License-Identifier: Apache-2.0
"""A context larger than any other body is taken, to a file that is gone afterwards."""

import json

from support.node import Connection


def send(node, target, size):
    connection = Connection(node.runtime / "control.sock")
    connection.putrequest("POST", target)
    connection.putheader("Content-Type", "application/x-tar")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    block = b"\0" * 65536
    for _ in range(size // len(block)):
        connection.send(block)
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


def test_build_context_may_be_large(node):
    spec = node.spec("1", replicas=1)
    kept = node.call("POST", "/v1/projects/shop/specs", spec)
    status, answer = send(node, f"/v1/projects/shop/builds/web?spec={kept['hash']}", 80 << 20)
    assert status == 501 and "builds nothing" in answer["error"]["message"]
    assert not [path for path in node.state.iterdir() if "upload" in path.name]
    assert sum(path.stat().st_size for path in node.state.rglob("*") if path.is_file()) < 40 << 20
    status, answer = send(node, "/v1/projects/shop/builds/web?spec=other", 65536)
    assert status == 404 and "specs" in answer["error"]["message"]
    status, answer = send(node, f"/v1/projects/shop/builds/db?spec={kept['hash']}", 65536)
    assert status == 404 and "\"db\"" in answer["error"]["message"]

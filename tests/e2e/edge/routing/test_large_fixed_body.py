# SPDX-License-Identifier: Apache-2.0
"""A body of a rule that is larger than any buffer goes out whole, to slow readers, too."""


def test_large_fixed_body(edge):
    body = "0123456789abcdef" * 60000
    edge.up({"web": {"default": {"respond": {"status": 200, "body": body}}}})
    client = edge.connect(receive_buffer=32768)
    for _ in range(3):
        assert client.get().body == body.encode()
    response = client.get(method="HEAD")
    assert (response.status, response.header("content-length")) == (200, str(len(body)))
    assert client.get().body == body.encode()

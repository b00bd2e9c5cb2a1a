# SPDX-License-Identifier: Apache-2.0

import ssl

from support.access_log import AccessLog


def test_names_what_was_agreed(edge, secure, tls):
    log = AccessLog(edge)
    secure(edge.origin(name="a"), access_log=log.settings)
    client = tls("shop.example.com", lowest=ssl.TLSVersion.TLSv1_3)
    client.get(host="shop.example.com")
    (record,) = log.records(1)
    assert record["type"] == "https"
    assert record["tls_protocol"] == "TLSv1.3"
    assert record["tls_cipher"] == client.socket.cipher()[0]
    assert record["server_name"] == "shop.example.com"
    assert record["certificate"] == "shop.example.com"
    assert "https://shop.example.com" in record["request"]

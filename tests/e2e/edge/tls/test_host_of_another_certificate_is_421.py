# SPDX-License-Identifier: Apache-2.0


def test_host_of_another_certificate_is_421(edge, secure, tls):
    origin = edge.origin()
    secure(origin)
    client = tls("shop.example.com")
    assert client.get(host="shop.example.com").status == 200
    assert client.get(host="www.shop.example.com").status == 200
    assert client.get("/crossed", host="a.wild.example.com").status == 421
    assert all(request.target != "/crossed" for request in origin.requests)


def test_hosts_of_the_same_certificate_may_share_a_connection(edge, secure, tls):
    secure(edge.origin())
    client = tls("a.wild.example.com")
    assert client.get(host="a.wild.example.com").status == 200
    assert client.get(host="b.wild.example.com:443").status == 200

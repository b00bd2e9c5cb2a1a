# SPDX-License-Identifier: Apache-2.0
"""How a host may be written in a rule and in a request."""

import pytest

RULES = {
    "a.example.com": "exact", "*.b.example.com": "left", "c.*": "right", "d?.example.com": "one",
    "127.0.0.1": "ipv4", "xn--bcher-kva.example": "puny", "*mid*dle*": "stars", "[2001:db8::1]": "ipv6",
}


@pytest.fixture
def client(edge):
    edge.up({"web": {"rules": [{"when": {"host": host}, "respond": {"status": 200, "body": name}}
                               for host, name in RULES.items()],
                     "default": {"respond": {"status": 200, "body": "none"}}}})
    return edge.connect()


@pytest.mark.parametrize(
    "host, name",
    [("a.example.com", "exact"), ("A.EXAMPLE.COM:80", "exact"), ("a.example.com.x", "none"),
     ("x.b.example.com", "left"),
     ("b.example.com", "none"), ("c.anything.at.all", "right"), ("d1.example.com", "one"), ("d12.example.com", "none"),
     ("d.example.com", "none"), ("[::1]", "none"), ("[::1]:8080", "none"), ("127.0.0.1:1", "ipv4"),
     ("xn--bcher-kva.example", "puny"), ("amibdlec", "none"), ("amidbdlemiddlec", "stars"), ("x", "none"),
     ("[2001:db8::1]", "ipv6"), ("[2001:DB8::1]:8080", "ipv6"), ("[2001:db8::11]", "none")],
)
def test_hosts_of_every_form(client, host, name):
    assert client.get(host=host).body == name.encode()

# SPDX-License-Identifier: Apache-2.0
TRUSTED = {"trusted": ["127.0.0.0/8", "10.0.0.0/8"]}


def seen(edge, headers, **listener):
    origin = edge.origin()
    edge.forward(origin, **TRUSTED, **listener)
    assert edge.get(headers=headers).status == 200
    return origin.requests[-1]


def test_the_peer_is_appended(edge):
    request = seen(edge, [("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Port", "443"),
                          ("X-Forwarded-Host", "front")])
    assert request.header("x-forwarded-for") == "192.0.2.7, 127.0.0.1"
    assert request.header("x-forwarded-proto") == "https"
    assert request.header("x-forwarded-port") == "443"
    assert request.header("x-forwarded-host") == "front"


def test_several_fields_are_one_list(edge):
    request = seen(edge, [("X-Forwarded-For", "192.0.2.7, 10.0.0.1"), ("X-Forwarded-For", "10.0.0.2")])
    assert request.header("x-forwarded-for") == "192.0.2.7, 10.0.0.1, 10.0.0.2, 127.0.0.1"


def test_preserve_passes_what_is_there(edge):
    headers = [("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https")]
    request = seen(edge, headers, forwarded={"mode": "preserve"})
    assert request.header("x-forwarded-for") == "192.0.2.7"
    assert request.header("x-forwarded-proto") == "https"


def test_remove_removes_theirs_too(edge):
    request = seen(edge, [("X-Forwarded-For", "192.0.2.7")], forwarded={"mode": "remove"})
    assert request.header("x-forwarded-for") is None


def test_client_is_the_rightmost_that_is_not_trusted(edge):
    """Seen by what a limit counts apart: the address further to the left may be anybody's invention."""
    edge.forward(edge.origin(), **TRUSTED, limits={"requests": [{"by": "source", "rate": "1/d"}]})

    def ask(forwarded):
        return edge.get(headers={"X-Forwarded-For": forwarded}).status

    assert ask("192.0.2.1, 198.51.100.1, 10.0.0.9") == 200
    assert ask("192.0.2.2, 198.51.100.1") == 429
    assert ask("198.51.100.1, 10.1.2.3, 10.1.2.4") == 429
    assert ask("198.51.100.2") == 200

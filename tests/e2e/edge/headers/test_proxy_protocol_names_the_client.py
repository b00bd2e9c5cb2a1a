# SPDX-License-Identifier: Apache-2.0
"""From a trusted network the header is mandatory, and says who the client is; from others there is
none."""

import socket
import struct

import pytest

from support.raw import request

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
V1 = b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 80\r\n"


ADDRESSES = socket.inet_aton("192.0.2.7") + socket.inet_aton("127.0.0.1") + struct.pack(">HH", 4711, 80)


def v2(command=1, family=0x11, body=ADDRESSES):
    return SIGNATURE + struct.pack(">BBH", 0x20 | command, family, len(body)) + body


V6 = socket.inet_pton(socket.AF_INET6, "2001:db8::7")
GOOD = {
    "v1": (V1, "192.0.2.7"),
    "v1 ipv6": (b"PROXY TCP6 2001:db8::7 ::1 4711 80\r\n", "2001:db8::7"),
    "v1 unknown": (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    "v2": (v2(), "192.0.2.7"),
    "v2 ipv6": (v2(family=0x21, body=V6 * 2 + struct.pack(">HH", 1, 2)), "2001:db8::7"),
    "v2 local": (v2(command=0, family=0, body=b""), "127.0.0.1"),
    "v2 with more": (v2(body=ADDRESSES + b"\x04\x00\x03abc"), "192.0.2.7"),
}
BAD = {
    "none": request(),
    "lower case": V1.lower(),
    "no address": b"PROXY TCP4 192.0.2.7\r\n" + request(),
    "bad address": b"PROXY TCP4 192.0.2.777 127.0.0.1 4711 80\r\n" + request(),
    "bad port": b"PROXY TCP4 192.0.2.7 127.0.0.1 99999 80\r\n" + request(),
    "wrong family": b"PROXY TCP6 192.0.2.7 127.0.0.1 4711 80\r\n" + request(),
    "lf": V1.replace(b"\r\n", b"\n") + request(),
    "too long": b"PROXY TCP4 " + b"1" * 200,
    "v2 short": v2(body=b"\x01\x02") + request(),
    "v2 version": SIGNATURE + b"\x31\x11\x00\x0c" + b"\x00" * 12 + request(),
    "v2 command": SIGNATURE + b"\x2f\x11\x00\x0c" + b"\x00" * 12 + request(),
    "v2 huge": SIGNATURE + b"\x21\x11\xff\xff" + b"\x00" * 70000,
    "cut off": V1[:20],
}


@pytest.fixture
def origin(edge):
    origin = edge.origin()
    edge.forward(origin, proxy_protocol=True, trusted=["127.0.0.0/8"])
    return origin


@pytest.mark.parametrize("name", GOOD)
def test_client_is_who_it_says(edge, origin, name):
    header, address = GOOD[name]
    client = edge.connect()
    client.send(header + request())
    assert client.response().status == 200
    assert origin.requests[0].header("x-forwarded-for") == address
    assert client.get().status == 200  # once a connection
    assert origin.requests[1].header("x-forwarded-for") == address


@pytest.mark.parametrize("name", ["v1", "v2", "v2 ipv6"])
def test_it_may_come_byte_by_byte(edge, origin, name):
    header, address = GOOD[name]
    client = edge.connect()
    data = header + request()
    client.send_pieces(data, range(1, len(data)))
    assert client.response().status == 200
    assert origin.requests[0].header("x-forwarded-for") == address


@pytest.mark.parametrize("name", BAD)
def test_without_a_proper_one_the_connection_is_closed(edge, origin, name):
    client = edge.connect()
    client.send(BAD[name])
    if name == "cut off":
        client.shut()
    assert client.rest() == b""
    assert client.end in ("closed", "reset")
    assert origin.received == b""


def test_header_that_does_not_come_is_not_waited_for(edge):
    origin = edge.origin()
    edge.forward(origin, proxy_protocol=True, trusted=["127.0.0.0/8"], timeouts={"header": "1s"})
    client = edge.connect()
    client.send(V1[:10])
    assert client.rest() == b"" and client.end in ("closed", "reset")


def test_strangers_cannot_use_it(edge):
    origin = edge.origin()
    edge.forward(origin, proxy_protocol=True, trusted=["192.0.2.0/24"])
    client = edge.connect()
    client.send(V1 + request())
    assert client.response().status == 400
    assert edge.get().status == 200
    assert origin.requests[0].header("x-forwarded-for") == "127.0.0.1"


def test_rules_and_limits_see_that_client(edge):
    edge.up(
        {"web": {"proxy_protocol": True, "trusted": ["127.0.0.0/8"],
                 "rules": [{"when": {"source": ["192.0.2.0/24"]}, "respond": {"status": 200, "body": "theirs"}}],
                 "default": {"respond": {"status": 403}}}}
    )
    client = edge.connect()
    client.send(V1 + request())
    assert client.response().body == b"theirs"

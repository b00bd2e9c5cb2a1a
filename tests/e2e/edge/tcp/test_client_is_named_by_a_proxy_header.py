# SPDX-License-Identifier: Apache-2.0

import pytest

from support.access_log import AccessLog
from support.proxy_header import version_1, version_2

TRUSTED = {"proxy_protocol": True, "trusted": "127.0.0.0/8"}


@pytest.mark.parametrize("header", [version_1(), version_2()], ids=["version 1", "version 2"])
def test_header_is_taken_off(edge, echoing, through, header):
    log = AccessLog(edge)
    through(echoing, **TRUSTED, access_log=log.settings)
    client = edge.connect()
    client.send_pieces(header + b"hello", range(1, len(header) + 2))
    assert client.reader.take(5) == b"hello"
    assert echoing.received == b"hello"
    client.close()
    assert log.records(1)[0]["client"] == "192.0.2.7:5555"


@pytest.mark.parametrize(
    "data",
    [
        b"hello, there is none\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 5555\r\nx",
        b"PROXY TCP4 999.0.2.7 192.0.2.1 5555 80\r\nx",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 5555 80\nx",
        b"PROXY " + b"x" * 200,
        version_2()[:12] + b"\x31\x11\x00\x0c" + bytes(12),
        version_2()[:12] + b"\x21\x11\x00\x04" + bytes(4),
    ],
)
def test_without_a_right_one_it_is_closed(edge, echoing, through, data):
    through(echoing, **TRUSTED)
    client = edge.connect()
    client.send(data)
    assert client.rest() == b""
    assert client.end in ("closed", "reset")
    assert not echoing.connections


def test_from_others_it_is_data_like_any(edge, echoing, through):
    """Who is not trusted can name nobody."""
    log = AccessLog(edge)
    through(echoing, proxy_protocol=True, trusted="192.0.2.0/24", access_log=log.settings)
    client = edge.connect()
    port = client.port
    client.send(version_1() + b"hello")
    assert client.reader.take(len(version_1()) + 5) == version_1() + b"hello"
    client.close()
    assert log.records(1)[0]["client"] == f"127.0.0.1:{port}"


def test_for_http_too(edge):
    origin = edge.origin(name="a")
    edge.forward(origin, **TRUSTED)
    client = edge.connect()
    client.send(version_2())
    assert client.get().status == 200
    assert origin.requests[0].header("x-forwarded-for").split(",")[0] == "192.0.2.7"

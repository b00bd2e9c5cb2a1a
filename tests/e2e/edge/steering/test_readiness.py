# SPDX-License-Identifier: Apache-2.0

import socket

import pytest

from support.edge import Edge
from support.ports import reserve_port
from support.prometheus import read
from support.raw import Client


def test_on_the_control_socket(edge):
    assert edge.daemon.api("GET", "/ready")[0] == 200


def test_on_a_loopback_port(start_daemon):
    daemon = start_daemon()
    edge = Edge(daemon, "metrics")
    port, keeper = reserve_port()
    try:
        edge.up({"web": {"default": {"respond": {"status": 200}}}}, metrics={"address": f"127.0.0.1:{port}"})
        with Client(("127.0.0.1", port)) as client:
            assert client.get("/ready").status == 200
            page = client.get("/metrics")
            assert page.header("content-type").startswith("text/plain")
            assert "slipway_ready" in read(page.body.decode())
            # Seeing is not steering.
            for method, path in (("GET", "/v1/projects"), ("POST", "/v1/shutdown"), ("DELETE", "/v1/projects/metrics")):
                assert client.get(path, method=method).status in (403, 404, 405), path
        assert edge.get().status == 200
        edge.up({"web": {"default": {"respond": {"status": 200}}}})
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
    finally:
        edge.close()
        keeper.close()


def test_other_addresses_are_refused(edge):
    result = edge.try_up({"web": {"default": {"respond": {"status": 200}}}}, metrics={"address": "0.0.0.0:9100"})
    assert result.returncode == 1 and "loopback" in result.stderr, result.stderr

# SPDX-License-Identifier: Apache-2.0
"""The dashboard is open where it was asked to be, on this machine only, and after a restart too."""

import json
import socket
import subprocess

import pytest

from support.dashboard import Dashboard
from support.ports import free_port
from support.tree import wait_until


def test_it_is_closed_until_it_is_asked_for(node):
    assert node.call("GET", "/v1/dashboard") == {"address": None}
    dashboard = Dashboard(node)
    assert node.call("GET", "/v1/dashboard") == {"address": dashboard.address}
    assert dashboard.open() == {"address": dashboard.address}  # once more is no matter
    assert node.call("DELETE", "/v1/dashboard") == {"address": None}
    with pytest.raises(ConnectionRefusedError):
        dashboard.ask("GET", "/")
    assert node.call("DELETE", "/v1/dashboard") == {"address": None}
    node.kill_control()
    wait_until(lambda: node.call("GET", "/v1/dashboard"), "control")
    with pytest.raises(ConnectionRefusedError):
        dashboard.ask("GET", "/")


def test_it_is_back_after_control_is(node, dashboard):
    token = dashboard.token()["token"]
    for _ in range(2):
        node.kill_control()
        dashboard.wait_open()
        assert dashboard.ask("GET", "/v1/session", token).status == 200
    node.stop()
    with pytest.raises(ConnectionRefusedError):
        dashboard.ask("GET", "/")
    node.start()
    dashboard.wait_open()
    assert dashboard.ask("GET", "/v1/session", token).status == 200


def test_an_address_that_is_taken(node, dashboard):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = "127.0.0.1:%d" % other.getsockname()[1]
        connection, response = node.request("PUT", "/v1/dashboard", {"address": address})
        assert response.status == 409
        assert json.loads(response.read())["error"]["message"] == (
            f"{address}: the address is in use")
        connection.close()
    assert dashboard.ask("GET", "/").status == 200  # it is where it was
    assert node.call("GET", "/v1/dashboard") == {"address": dashboard.address}


def test_an_address_that_is_taken_at_the_start(node, dashboard):
    node.stop()
    with socket.create_server(("127.0.0.1", dashboard.port)):
        node.start()
        wait_until(lambda: "the dashboard is not open yet" in node.log(), "the line", node.log)
        assert node.call("GET", "/v1/dashboard") == {"address": None}
        assert f"{dashboard.address}: the address is in use" in node.log()
    dashboard.wait_open()
    assert node.log().count("the dashboard is not open yet") == 1


def test_no_token_is_for_who_sits_there_instead(node, dashboard):
    """Anybody may take the port while control is away: no address with a token may lead there."""
    node.stop()
    with socket.create_server(("127.0.0.1", dashboard.port)):
        node.start()
        wait_until(lambda: "the dashboard is not open yet" in node.log(), "the line", node.log)
        answer = node.call("PUT", "/v1/dashboard", {"address": dashboard.address}, 409)
        assert answer["error"]["message"] == f"{dashboard.address}: the address is in use"
        ran = subprocess.run([node.slipway, "dashboard", "--address", dashboard.address],
                             env=node.environment, capture_output=True, text=True)
        assert ran.returncode != 0 and "token" not in ran.stdout, ran
    dashboard.wait_open()
    assert dashboard.open() == {"address": dashboard.address}


def test_another_one_can_be_asked_for_meanwhile(node, dashboard):
    node.stop()
    with socket.create_server(("127.0.0.1", dashboard.port)):
        node.start()
        wait_until(lambda: "the dashboard is not open yet" in node.log(), "the line", node.log)
        other = Dashboard(node)
        assert other.ask("GET", "/").status == 200
    node.kill_control()
    other.wait_open()
    assert node.call("GET", "/v1/dashboard") == {"address": other.address}


@pytest.mark.parametrize("address", ["0.0.0.0:7070", "[::]:7070", "192.0.2.1:7070", "7070",
                                     ":7070", "localhost:7070", "127.0.0.1", "0.0.0.0:0",
                                     "[::2]:7070", "unix:/tmp/x", "", "<b>", "1" * 200])
def test_other_addresses_are_refused(node, address):
    connection, response = node.request("PUT", "/v1/dashboard", {"address": address})
    assert response.status == 400
    assert "no address of this machine alone" in json.loads(response.read())["error"]["message"]
    connection.close()
    assert node.call("GET", "/v1/dashboard") == {"address": None}
    connection, response = node.request("PUT", "/v1/dashboard", {"address": 7070})
    assert response.status == 400
    connection.close()


@pytest.mark.parametrize("address", ["127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:", "[::1]:0",
                                     "127.0.0.1:70\n70"])
def test_a_wrong_port_is_named(node, address):
    connection, response = node.request("PUT", "/v1/dashboard", {"address": address})
    assert response.status == 400
    assert "the port must be 1 to 65535" in json.loads(response.read())["error"]["message"]
    connection.close()
    assert node.call("GET", "/v1/dashboard") == {"address": None}


def test_it_moves(node, dashboard):
    token = dashboard.token()["token"]
    stream, _ = dashboard.stream("/v1/events?follow=1", token)
    other = free_port()
    answer = dashboard.ask("PUT", "/v1/dashboard", token, {"address": f"127.0.0.1:{other}"})
    assert answer.status == 200 and answer.json() == {"address": f"127.0.0.1:{other}"}
    assert stream.sock.recv(10) == b""  # what came by the old one has ended
    stream.close()
    with pytest.raises(ConnectionRefusedError):
        dashboard.ask("GET", "/")
    dashboard.port = other
    assert dashboard.ask("GET", "/v1/session", token).status == 200


def test_it_can_be_reached_by_its_other_address(node):
    if not socket.has_ipv6:
        pytest.skip("there is no IPv6 here")
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as probe:
            port = probe.getsockname()[1]
    except OSError:
        pytest.skip("there is no IPv6 here")
    node.call("PUT", "/v1/dashboard", {"address": f"[::1]:{port}"})
    with socket.create_connection(("::1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def test_many_connections_leave_the_socket_alone(node, dashboard):
    idle = [socket.create_connection(("127.0.0.1", dashboard.port)) for _ in range(150)]
    assert node.call("GET", "/v1/version")["version"]
    dashboard.wait_open()  # those that say nothing make room, a moment after they came
    for connection in idle:
        connection.close()


def test_a_damaged_file_is_told(node, dashboard):
    node.stop()
    (node.state / "dashboard").write_bytes(b"\0" * 500)
    node.start()
    assert "the dashboard is not opened" in node.log()
    assert node.call("GET", "/v1/dashboard") == {"address": None}
    dashboard.open()
    assert dashboard.ask("GET", "/").status == 200

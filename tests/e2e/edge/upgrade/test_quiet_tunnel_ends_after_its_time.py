# SPDX-License-Identifier: Apache-2.0


def test_quiet_tunnel_ends_after_its_time(edge, echoing, websocket):
    edge.forward(echoing, timeouts={"tunnel": "1s", "idle": "1s"})
    client = websocket()
    client.say(b"x")
    assert client.rest() in (b"", b"bye")
    assert echoing.wait_for_end() in ("closed", "reset")


def test_idle_time_of_requests_does_not_end_it(edge, echoing, websocket):
    edge.forward(echoing, timeouts={"tunnel": "1m", "idle": "1s", "keep_alive": "1s", "header": "1s"})
    client = websocket()
    assert not client.has_something(1.7)
    client.say(b"x")

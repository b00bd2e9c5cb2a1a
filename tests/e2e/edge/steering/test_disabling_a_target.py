# SPDX-License-Identifier: Apache-2.0

from support.websocket import echo_script, open_socket


def test_what_it_has_is_cut(edge):
    one, two = edge.origin(script=echo_script), edge.origin(name="two")
    edge.forward(one)
    client = open_socket(edge)
    edge.forward(one, two)
    edge.steer(one, "disable")
    client.rest()
    assert client.end
    assert one.wait_for_end()
    target = edge.targets()[one.address]
    assert target["state"] == "unavailable" and "operator" in target["description"].lower(), target
    assert {edge.get().body for _ in range(6)} == {b"two"}


def test_no_retry_goes_there(edge):
    one, gone = edge.named_origins("one", "gone")
    edge.forward(one, gone)
    edge.steer(one, "disable")
    gone.stop_listening()
    assert edge.get().status == 502
    assert not one.connections

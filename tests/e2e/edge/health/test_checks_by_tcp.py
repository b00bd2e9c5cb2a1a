# SPDX-License-Identifier: Apache-2.0


def test_a_connection_is_enough(edge):
    origin = edge.origin(name="a")
    edge.forward(origin, group={"health": {"protocol": "tcp", "interval": "1s", "timeout": "500ms", "unhealthy": 1}})
    edge.wait_for_state("healthy", origin)
    assert not origin.requests
    assert edge.get().body == b"a"
    origin.stop_listening()
    edge.wait_for_state("unhealthy", origin)
    origin.start(origin.bound)
    edge.wait_for_state("healthy", origin)

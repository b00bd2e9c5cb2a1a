# SPDX-License-Identifier: Apache-2.0


def test_nobody_is_there(edge):
    edge.up({"web": {"default": {"forward": "app"}}}, {"app": {"targets": []}})
    response = edge.get()
    assert response.status == 503


def test_all_weights_are_zero(edge):
    origin = edge.origin(name="a")
    edge.forward({"address": origin, "weight": 0})
    assert edge.get().status == 503
    assert not origin.connections

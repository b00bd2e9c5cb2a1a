# SPDX-License-Identifier: Apache-2.0

from support.origin import answer
from support.prometheus import read
from support.edge import wait_until


def metrics(edge):
    status, text = edge.daemon.api("GET", "/metrics")
    assert status == 200
    return read(text)


def value(samples, name, **labels):
    found = [number for names, number in samples[name] if labels.items() <= names.items()]
    assert len(found) == 1, (name, labels, found)
    return found[0]


def test_what_happened_is_counted(edge):
    origin = edge.origin(lambda request: answer(b"x", 404 if request.target == "/gone" else 200))
    edge.forward(origin, rules=[{"name": "no", "when": {"path": "/no"}, "respond": {"status": 503}}])
    with edge.connect() as client:
        for target in ("/", "/", "/", "/gone", "/no"):
            client.get(target)
    wait_until(lambda: edge.statistics("listeners", "web")["requests"] == 5)
    samples = metrics(edge)
    listener = {"address": f"127.0.0.1:{edge.port()}"}
    group = {"project": edge.name, "group": "app"}
    target = {**group, "target": origin.address}
    assert value(samples, "slipway_listener_requests_total", **listener) == 5
    assert value(samples, "slipway_listener_connections_total", **listener) == 1
    assert value(samples, "slipway_listener_responses_total", **listener, **{"class": "2xx"}) == 3
    assert value(samples, "slipway_listener_responses_total", **listener, **{"class": "4xx"}) == 1
    assert value(samples, "slipway_listener_responses_total", **listener, **{"class": "5xx"}) == 1
    assert value(samples, "slipway_listener_request_duration_seconds_count", **listener) == 5
    assert value(samples, "slipway_group_requests_total", **group) == 4
    assert value(samples, "slipway_group_target_responses_total", **group, **{"class": "4xx"}) == 1
    assert value(samples, "slipway_target_requests_total", **target) == 4
    assert value(samples, "slipway_target_connections_total", **target) == 1
    assert value(samples, "slipway_target_reused_total", **target) == 3
    assert value(samples, "slipway_target_response_seconds_count", **target) == 4
    assert value(samples, "slipway_target_weight", **target) == 1
    assert value(samples, "slipway_target_state", **target, state="unavailable") == 1


def test_bytes_are_counted(edge):
    body = b"x" * 100000
    origin = edge.origin(lambda request: answer(body))
    edge.forward(origin)
    assert edge.get(method="POST", body=body[:50000]).body == body
    wait_until(lambda: edge.statistics("listeners", "web")["requests"] == 1)
    samples = metrics(edge)
    for name, labels in (
        ("listener", {"address": f"127.0.0.1:{edge.port()}"}),
        ("target", {"project": edge.name, "target": origin.address}),
    ):
        up, down = ("received", "sent") if name == "listener" else ("sent", "received")
        assert 50000 < value(samples, f"slipway_{name}_{up}_bytes_total", **labels) < 51000, name
        assert 100000 < value(samples, f"slipway_{name}_{down}_bytes_total", **labels) < 101000, name


def test_hostile_names_cannot_break_the_text(edge):
    origin = edge.origin(name="a")
    edge.forward(origin)
    edge.get('/"}\\n', host="a", headers={"User-Agent": 'x"} 1\\n'})
    metrics(edge)

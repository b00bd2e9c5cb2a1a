# SPDX-License-Identifier: Apache-2.0
"""From standby into the group and back: no check comes first, whatever the groups' checks are."""

import threading

import pytest
from support.checks import Patient
from support.edge import wait_until
from support.origin import answer

HTTP = {"health": {"path": "/up", "interval": "5m"}}
TCP = {"health": {"protocol": "tcp", "interval": "5m"}}
NONE = {}


@pytest.mark.parametrize("standby", [HTTP, TCP], ids=["http", "tcp"])
@pytest.mark.parametrize("serving", [HTTP, TCP, NONE], ids=["http", "tcp", "none"])
def test_switch_and_back(edge, deploying, serving, standby):
    old, new = Patient(edge, "old"), Patient(edge, "new")
    deploying.put({"1": old.origin}, group=serving)
    edge.wait_for_state("unavailable" if serving is NONE else "healthy", old.origin, group="api")
    deploying.put({"1": old.origin}, {"2": new.origin}, serving, standby)
    edge.wait_for_state("healthy", new.origin, group="api@next")
    for serves, waits in ((new, old), (old, new), (new, old)):
        names = {"2" if serves is new else "1": serves.origin}, {"2" if waits is new else "1": waits.origin}
        before = len(waits.traffic)
        deploying.put(*names, serving, standby)
        assert [edge.get().body for _ in range(6)] == [serves.name.encode()] * 6
        assert edge.states("api@next") == {waits.origin.address: "healthy"}
        assert len(waits.traffic) == before
    # Those that were made when the interval of five minutes began.
    assert len(new.checks) <= 2 and len(old.checks) <= 2


def test_identity_and_counters_stay(edge, deploying):
    old, new = Patient(edge, "old"), Patient(edge, "new")
    deploying.put({"1": old.origin}, {"2": new.origin}, HTTP, HTTP)
    edge.wait_for_state("healthy", old.origin, group="api")
    edge.wait_for_state("healthy", new.origin, group="api@next")
    for _ in range(3):
        edge.get()
    # Counted when the answer has been sent, which is a moment after it came.
    wait_until(lambda: edge.targets("api")[old.origin.address]["requests"] == 3, "the third")
    before = edge.targets("api")[old.origin.address], edge.targets("api@next")[new.origin.address]
    deploying.put({"2": new.origin}, {"1": old.origin}, HTTP, HTTP)
    after = edge.targets("api@next")[old.origin.address], edge.targets("api")[new.origin.address]
    for key in ("id", "since", "requests"):
        assert [target[key] for target in before] == [target[key] for target in after], key
    assert before[0]["requests"] == 3
    assert len(edge.targets("api")) == len(edge.targets("api@next")) == 1


def test_connections_stay(edge, deploying):
    """A kept one is used again, and a request under way ends, though its drain time is none."""
    release = threading.Event()

    def respond(request):
        if request.target == "/slow":
            release.wait(20)
        return answer(b"old")

    old, new = edge.origin(respond), edge.origin(name="new")
    group = {"drain": "0s"}
    deploying.put({"1": old}, {"2": new}, group, group)
    client = edge.connect()
    client.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    old.wait_for_requests(1)
    deploying.put({"2": new}, {"1": old}, group, group)
    assert edge.get().body == b"new"
    assert edge.targets("api@next")[old.address]["active"] == 1
    release.set()
    assert client.response().body == b"old"
    deploying.put({"1": old}, {"2": new}, group, group)
    assert edge.get().body == b"old"
    assert len(old.connections) <= 2  # one of each thread at most


def test_another_instance_at_the_same_address_is_new(edge, deploying):
    old, new = Patient(edge, "old"), Patient(edge, "new")
    deploying.put({"1": old.origin}, {"2": new.origin}, HTTP, HTTP)
    edge.wait_for_state("healthy", old.origin, group="api")
    edge.wait_for_state("healthy", new.origin, group="api@next")
    new.status = 500
    answer_ = deploying.put({"1": old.origin}, {"3": new.origin}, HTTP, HTTP)
    assert answer_ is not None
    new.origin.wait(lambda: len(new.checks) >= 2, "another check")
    assert edge.states("api@next") == {new.origin.address: "initial"}


def test_same_instance_at_another_address_is_checked_anew(edge, deploying):
    one, other = Patient(edge, "one"), Patient(edge, "other", status=500)
    deploying.put({"1": one.origin}, group={**HTTP, "timeouts": {"connect": "200ms"}})
    edge.wait_for_state("healthy", one.origin, group="api")
    # An id comes of the instance and its port: the other address has the same.
    other.origin.stop_listening()
    other.origin.start(("127.0.0.2", one.origin.port))
    before = edge.targets("api")[one.origin.address]["id"]
    deploying.put({"1": other.origin}, group={**HTTP, "timeouts": {"connect": "200ms"}})
    target = edge.targets("api")[other.origin.address]
    assert (target["id"], target["state"]) == (before, "initial")


def test_a_file_cannot_say_it(edge):
    origin = edge.origin()
    result = edge.try_up(
        {"web": {"default": {"forward": "api"}}}, {"api": {"targets": [{"address": origin, "instance": "1"}]}}
    )
    assert result.returncode == 1
    assert '"instance" is Slipway\'s own' in result.stderr

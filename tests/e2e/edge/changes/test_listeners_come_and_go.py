# SPDX-License-Identifier: Apache-2.0

import threading

from support.edge import wait_until
from support.origin import answer
from support.raw import connect


def is_refused(edge):
    try:
        connect(edge.address()).close()
    except OSError as error:
        return isinstance(error, ConnectionRefusedError)
    return False


def test_new_one_serves_and_old_one_is_gone(edge):
    origin = edge.origin(name="a")
    edge.forward(origin)
    both = {"web": {"default": {"forward": "app"}}, "other": {"default": {"forward": "app"}}}
    edge.up(both, {"app": {"targets": [origin]}})
    assert edge.get(listener="other").body == b"a"
    edge.up({"other": both["other"]}, {"app": {"targets": [origin]}})
    assert edge.get(listener="other").body == b"a"
    wait_until(lambda: is_refused(edge))
    edge.up(both, {"app": {"targets": [origin]}})
    assert edge.get().body == b"a"


def test_requests_of_one_that_goes_are_finished(edge):
    release = threading.Event()

    def wait(request):
        release.wait(20)
        return answer(b"late")

    origin = edge.origin(wait)
    edge.forward(origin)
    client = edge.connect()
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    origin.wait_for_requests()
    edge.up({"other": {"default": {"respond": {"status": 200}}}}, {"app": {"targets": [origin]}})
    release.set()
    response = client.response()
    assert (response.status, response.body) == (200, b"late")
    assert response.closes and client.is_closed()


def test_resting_connections_of_one_that_goes_are_of_no_use(edge):
    edge.forward(edge.origin(name="a"))
    used, fresh = edge.connect(), edge.connect()
    assert used.get().status == 200
    edge.up({"other": {"default": {"respond": {"status": 200}}}})
    for client in (used, fresh):
        last = client.get()
        assert last is None or last.closes


def test_project_that_is_taken_away(edge):
    edge.forward(edge.origin(name="a"))
    result = edge.daemon.run("-p", edge.name, "down")
    assert result.returncode == 0, result.stderr
    wait_until(lambda: is_refused(edge))

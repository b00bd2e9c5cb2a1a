# SPDX-License-Identifier: Apache-2.0
"""An instance whose address changes again before the first one has drained: each has its own time."""

import threading

from support.edge import wait_until
from support.origin import answer


def put(edge, address, drain):
    groups = {"app": {"targets": [{"address": address, "instance": "1"}], "drain": drain}}
    project = edge.project({"web": {"default": {"forward": "app"}}}, groups)
    status, text = edge.daemon.api("PUT", f"/v1/projects/{edge.name}", project)
    assert status == 200, text


def test_second_is_not_cut_off_with_the_first(edge):
    release = threading.Event()

    def respond(request):
        if request.target != "/fast":
            release.wait(20)
        return answer(request.target.encode())

    origins = [edge.origin(respond) for _ in range(3)]
    for number, origin in enumerate(origins[1:], 2):  # the same port: the id is the same
        origin.stop_listening()
        origin.start((f"127.0.0.{number}", origins[0].port))
    clients = []
    for origin, drain in zip(origins[:2], ("1s", "20s")):
        put(edge, origin, drain)
        clients.append(edge.connect())
        clients[-1].send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        origin.wait_for_requests(1)
    put(edge, origins[2], "20s")
    assert edge.get("/fast").body == b"/fast"
    assert clients[0].response().status == 502
    release.set()
    assert clients[1].response().body == b"/"
    wait_until(lambda: edge.targets()[origins[2].address]["active"] == 0)

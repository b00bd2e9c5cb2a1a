# SPDX-License-Identifier: Apache-2.0


from support.edge import wait_until

def test_refused_connections_fail_nobody(edge):
    gone, here = edge.named_origins("gone", "here")
    edge.forward(gone, here)
    gone.stop_listening()
    with edge.connect() as client:
        for method in ("GET", "POST"):  # nothing of it was sent
            for _ in range(6):
                response = client.get(method=method, body=b"x" if method == "POST" else None)
                assert (response.status, response.body) == (200, b"here")


def test_body_comes_whole_to_the_second(edge):
    gone, here = edge.named_origins("gone", "here")
    edge.forward(gone, here)
    gone.stop_listening()
    body = bytes(range(256)) * 4000
    for _ in range(2):
        assert edge.get(method="POST", body=body).status == 200
    assert [request.body for request in here.requests] == [body, body]


def test_nobody_is_left(edge):
    one, two = edge.named_origins("one", "two")
    edge.forward(one, two)
    one.stop_listening()
    two.stop_listening()
    with edge.connect() as client:
        response = client.get()
    assert response.status == 502
    wait_until(lambda: edge.statistics("groups", "app")["connection_errors"] >= 2)


def test_attempts_of_zero_try_once(edge):
    gone, here = edge.named_origins("gone", "here")
    edge.forward(gone, here, group={"retries": {"attempts": 0}})
    gone.stop_listening()
    statuses = [edge.get().status for _ in range(4)]
    assert sorted(statuses) == [200, 200, 502, 502]

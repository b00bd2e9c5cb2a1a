# SPDX-License-Identifier: Apache-2.0


def test_same_again(edge):
    origin = edge.origin(name="a")
    assert f"target {origin.address}" in edge.forward(origin).stdout
    before = edge.daemon.api("GET", "/v1/version")[1]["generation"]
    again = edge.forward(origin)
    assert "added" not in again.stdout and "removed" not in again.stdout
    assert edge.get().status == 200
    assert edge.daemon.api("GET", "/v1/version")[1]["generation"] - before <= 1


def test_what_changed_is_told(edge):
    one, two = edge.named_origins("one", "two")
    edge.forward(one)
    text = edge.forward(two).stdout
    assert f"target {two.address} added" in text
    assert f"target {one.address} removed" in text

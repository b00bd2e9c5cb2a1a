# SPDX-License-Identifier: Apache-2.0
"""What is told of containers, also while their engine does not answer."""

from support.stack import wait_until

LIMIT_BYTES = 64 << 20


def shown_after(stream, known, condition, what):
    """Reads on until that is so of the known instances, which are kept up."""

    def is_so(name, data):
        if name == "instances":
            if data.get("whole"):
                known.clear()
            known.update({one["id"]: one for one in data["instances"]})
            for gone in data.get("gone", []):
                known.pop(gone, None)
        return condition(name, data)

    stream.until(is_so, what)


def test_containers_and_what_they_use(stack):
    stack.containers_project(replicas=3)
    stack.up()
    stream = stack.live()
    found = stream.beginning()
    known = {one["id"]: one for one in found["instances"]["instances"]}
    assert sorted(known) == stack.ids()
    assert {one["runtime"] for one in known.values()} == {"docker"}
    service = found["projects"]["projects"][0]["services"][0]
    assert (service["runtime"], service["ready"], service["state"]) == ("docker", 3, "ok")
    usage = stream.named("usage", lambda d: sorted(d["items"]) == sorted(known), seconds=40)
    for cpu, memory, limit in usage["items"].values():
        assert 0 <= cpu < 400
        assert 4096 < memory < LIMIT_BYTES
        assert limit == LIMIT_BYTES

    def is_kept():
        series = stack.api("/v1/history?minutes=5&kind=instance&service=web&project=shop")["series"]
        most = [max((value or 0 for value in one["memory_bytes"]), default=0) for one in series]
        return {one["id"] for one in series} == set(known) and min(most) > 4096

    wait_until(is_kept, "a history of the three")
    # Another version: the deploy, then others in their place.
    before = set(known)
    stack.containers_project(replicas=3, version="2")
    stack.up()
    targets = {}

    def has_moved(name, data):
        if name == "edge":
            targets["names"] = {target.get("instance") for target in data["targets"]}
        return (
            len(known) == 3
            and not before & set(known)
            and {one["edge"] for one in known.values()} == {"serving"}
            and targets.get("names") == {one["name"] for one in known.values()}
        )

    shown_after(stream, known, has_moved, "three new ones")
    kept = [data for name, _, data in stream.seen if name == "event"]
    assert {data["type"] for data in kept} >= {"started", "step"}


def test_the_engine_hangs(stack):
    stack.containers_project(replicas=2)
    stack.up()
    stack.write_program()
    other = stack.project({"native": stack.native(1)}, front="native")
    other["name"] = "other"
    del other["x-slipway"]["listeners"]
    stack.write(other, "other.yaml")
    stream = stack.live()
    known = {one["id"]: one for one in stream.beginning()["instances"]["instances"]}
    assert len(known) == 2
    ids = set(known)
    threads = stack.control_threads()
    with stack.hanging_engine():
        # What the edge does, and what happens to others.
        assert stack.ask("/version")[0] == 200
        stream.named("rates", lambda d: any(item[0] > 0 for item in d["items"].values()))
        deploy = stack.start("-f", str(stack.folder / "other.yaml"), "up", "-d", project="other")
        event = stream.named("event", lambda d: d["project"] == "other")
        assert event in stack.events()
        stream.named("projects", lambda d: {one["name"] for one in d["projects"]} == {"shop", "other"})
        # Who comes now is told what is known.
        for _ in range(2):
            late = stack.live()
            assert {one["id"] for one in late.beginning()["instances"]["instances"]} == ids
            late.named("rates")
            late.close()
        assert stack.control_threads() <= threads + 4  # those of the other project
    deploy.ends(0)
    shown_after(
        stream, known, lambda n, d: {one["project"] for one in known.values()} == {"shop", "other"}, "the other"
    )
    assert ids < set(known)
    stack.passes("down", project="other")
    stack.passes("scale", "web=1")
    shown_after(stream, known, lambda n, d: len(known) == 1 and set(known) <= ids, "one of them")


def test_nobody_knows_yet_while_the_engine_hangs(stack):
    stack.containers_project(replicas=1)
    stack.up()
    with stack.hanging_engine():
        stream = stack.live("?after=0")
        found = stream.beginning()
        assert found["instances"]["instances"] == []
        assert [one["name"] for one in found["projects"]["projects"]] == ["shop"]
        assert [data for name, _, data in stream.seen if name == "event"] == stack.events()
    known = {}
    shown_after(stream, known, lambda n, d: sorted(known) == stack.ids(), "the container")


def test_control_ends_while_the_engine_hangs(stack):
    stack.containers_project(replicas=1)
    stack.up()
    stream = stack.live()
    stream.beginning()
    with stack.hanging_engine():
        stream.named("rates")
        stack.api("/v1/history?minutes=1")
        stack.end_daemon()  # has less patience than who asks the engine
        assert stream.has_ended.wait(30)


def test_the_engine_is_started_again(stack):
    stack.containers_project(replicas=2)
    stack.up()
    stream = stack.live()
    known = {one["id"]: one for one in stream.beginning()["instances"]["instances"]}
    ids = set(known)
    stack.engine.restart()
    wait_until(lambda: set(stack.ids()) == ids, "the same containers", stack.log)
    stream.named("usage", lambda d: set(d["items"]) == ids, seconds=60)
    stack.passes("scale", "web=1")
    shown_after(stream, known, lambda n, d: len(known) == 1 and set(known) <= ids, "one of them")

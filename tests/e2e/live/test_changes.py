# SPDX-License-Identifier: Apache-2.0
"""What happens is told while it does."""


def service_of(data, name="web"):
    for project in data["projects"]:
        for service in project["services"]:
            if service["name"] == name:
                return service
    return None


def test_a_deploy_is_watched_step_by_step(stack):
    stream = stack.live()
    stream.beginning()
    stack.write_web(replicas=2)
    stack.up()
    under_way = stream.named("projects", lambda d: d["projects"] and d["projects"][0]["deploy"])
    deploy = under_way["projects"][0]["deploy"]
    assert (deploy["kind"], deploy["to"]) == ("up", 1)
    assert deploy["state"] in ("waiting", "running", "switched")
    stream.named("projects", lambda d: d["projects"][0]["deploy"] is None and service_of(d)["state"] == "ok")
    stream.until(
        lambda n, d: n == "edge" and {t.get("instance") for t in d["targets"]} == {"shop-web-1", "shop-web-2"},
        "targets with their names",
    )
    kept = [(number, data) for name, number, data in stream.seen if name == "event"]
    expected = stack.events()
    assert [data for _, data in kept] == expected[: len(kept)]
    assert [number for number, _ in kept] == [event["sequence"] for event in expected][: len(kept)]
    assert "result" in {data["type"] for _, data in kept}
    shown = {}
    for name, _, data in stream.seen:
        if name == "instances":
            shown = {} if data.get("whole") else shown
            shown.update({one["id"]: one for one in data["instances"]})
            for gone in data.get("gone", []):
                shown.pop(gone, None)
    assert sorted(shown) == stack.ids()
    assert {one["edge"] for one in shown.values()} == {"serving"}


def test_a_target_fails_and_comes_back(stack):
    stack.write_web(replicas=3)
    stack.up()
    stream = stack.live()
    stream.beginning()
    (second,) = [one["id"] for one in stack.instances() if one["number"] == 2]
    stack.answer(second, 500)
    # Targets and projects are looked at apart, in any order.
    told = {}

    def is_told(name, data):
        if name == "targets":
            told.update({"target": t for t in data["targets"] if t["state"] == "unhealthy"})
        elif name == "projects" and service_of(data)["state"] != "ok":
            told["service"] = service_of(data)
        return len(told) == 2

    stream.until(is_told, "the target and the service")
    target, service = told["target"], told["service"]
    assert (target["instance"], target["service"]) == ("shop-web-2", "web")
    assert (target["reason"], target["last_status"]) == ("code_mismatch", 500)
    assert service["state"] == "degraded"
    assert service["trouble"] == "1 of 3 is unhealthy: status 500"
    assert (service["running"], service["ready"]) == (3, 2)
    stack.answer("-", 200)
    # Where healing has replaced it in the meantime, it comes back as another one.
    service = service_of(stream.named("projects", lambda d: service_of(d)["state"] == "ok"))
    assert (service["ready"], service["trouble"]) == (3, None)


def test_all_of_them_fail(stack):
    stack.write_web(replicas=2)
    stack.up()
    stream = stack.live()
    stream.beginning()
    stack.answer("all", 503)
    service = service_of(stream.named("projects", lambda d: service_of(d)["state"] == "failed"))
    assert service["trouble"] == "all 2 are unhealthy: status 503"


def test_scale_is_seen_in_instances(stack):
    stack.write_web(replicas=1)
    stack.up()
    stream = stack.live()
    before = {one["id"] for one in stream.beginning()["instances"]["instances"]}
    stack.passes("scale", "web=3")
    known = dict.fromkeys(before)

    def has(count):
        def condition(name, data):
            if name == "instances":
                known.update({one["id"]: one for one in data["instances"]})
                for gone in data["gone"]:
                    known.pop(gone, None)
            return name == "instances" and len(known) == count

        return condition

    stream.until(has(3), "three")
    assert sorted(known) == stack.ids()
    assert service_of(stream.named("projects", lambda d: service_of(d)["replicas"] == 3))
    stack.passes("scale", "web=1")
    stream.until(has(1), "one")
    assert sorted(known) == stack.ids()


def test_a_project_goes(stack):
    stack.write_web(replicas=1)
    stack.up()
    stream = stack.live()
    (one,) = stream.beginning()["instances"]["instances"]
    stack.passes("down")
    stream.until(lambda n, d: n == "instances" and one["id"] in d["gone"], "its end")
    edge = stream.until(lambda n, d: n == "edge" and not d["listeners"], "an empty edge")[2]
    assert edge["groups"] == []


def test_a_rule_is_told_in_words(stack):
    stack.write_program()
    project = stack.project({"web": stack.native(1)})
    listener = project["x-slipway"]["listeners"]["web"]
    listener["rules"] = [
        {
            "name": "api",
            "when": {"host": ["a.example", "b.example"], "path": "/v1/*", "method": ["GET"]},
            "forward": "web",
        },
        {"when": {"source": ["10.0.0.0/8", "127.0.0.1"]}, "redirect": {"location": "https://x.example/", "status": 301}},
    ]
    listener["default"] = {"respond": {"status": 503, "body": "closed\nfor today"}}
    stack.write(project)
    stack.up()
    listeners = stack.live().beginning()["edge"]["listeners"]
    (shown,) = [one for one in listeners if one["name"] == "web"]
    assert [rule["name"] for rule in shown["rules"]] == ["api", "#2", "default"]
    assert shown["rules"][0]["when"] == "host a.example or b.example; path /v1/*; method GET"
    assert shown["rules"][1]["when"] == "from 10.0.0.0/8 or 127.0.0.1"
    assert shown["rules"][1]["action"] == {"kind": "redirect", "text": "301 to https://x.example/"}
    assert shown["rules"][2]["action"] == {"kind": "respond", "text": "503 closed\nfor today"}


def test_a_program_that_ends(stack):
    stack.write(
        {
            "name": "shop",
            "services": {
                "ends": {
                    "command": ["/bin/sh", "-c", "exit 3"],
                    "restart": "always",
                    "x-slipway": {"runtime": "process"},
                }
            },
        }
    )
    stream = stack.live()
    stream.beginning()
    stack.start("up", "-d")
    told = stream.named(
        "projects",
        lambda d: d["projects"] and "with" in ((service_of(d, "ends") or {}).get("trouble") or ""),
    )
    assert service_of(told, "ends")["trouble"] in ("it keeps ending with status 3", "it has ended with status 3")
    assert service_of(told, "ends")["state"] in ("failed", "starting")

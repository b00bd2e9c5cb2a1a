# SPDX-License-Identifier: Apache-2.0
"""Events of deploys, and instances, as the daemon tells them."""


def plan(*steps):
    return {
        "type": "plan",
        "steps": [
            {"id": number, "step": step, "service": service, "number": 1, "instance": "", "wave": 0}
            for number, (step, service) in enumerate(steps, 1)
        ],
    }


def step(number, state, **more):
    return {"type": "step", "id": number, "state": state, **more}


def result(state="done", **more):
    return {
        "type": "result",
        "state": state,
        "revision": 4,
        "ok": 1,
        "changed": 1,
        "failed": 0 if state == "done" else 1,
        **more,
    }


def instance(name, identity, **more):
    project, service, number = name.split("-")
    return {
        "project": project,
        "id": identity,
        "name": name,
        "service": service,
        "number": int(number),
        "state": "running",
        "image": service,
        "revision": 4,
        "oneoff": False,
        **more,
    }

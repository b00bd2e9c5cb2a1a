# SPDX-License-Identifier: Apache-2.0

import json
import threading


def test_rates_of_a_second(edge):
    origin = edge.origin(name="a")
    edge.forward(origin)
    over = threading.Event()

    def load():
        with edge.connect() as client:
            while not over.is_set():
                client.get()

    thread = threading.Thread(target=load)
    thread.start()
    try:
        result = edge.daemon.run("top", "--once", "--json")
    finally:
        over.set()
        thread.join()
    assert result.returncode == 0, result.stderr
    sample = json.loads(result.stdout)
    (group,) = [item for item in sample["groups"] if item["project"] == edge.name]
    (target,) = [item for item in sample["targets"] if item["project"] == edge.name]
    assert group["requests"] > 0 and target["requests"] > 0
    assert 0 < group["p50_us"] <= group["p90_us"] <= group["p99_us"]
    assert target["target"] == origin.address

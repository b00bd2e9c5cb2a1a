# SPDX-License-Identifier: Apache-2.0

import json


def test_json_and_table(edge):
    edge.forward(edge.origin(name="a"), rules=[{"name": "r", "when": {"path": "/r"}, "respond": {"status": 200}}])
    client = edge.connect()
    client.get()
    result = edge.daemon.run("listeners", "--json")
    address = f"127.0.0.1:{edge.port()}"
    (listener,) = [item for item in json.loads(result.stdout)["listeners"] if item["address"] == address]
    assert (listener["name"], listener["protocol"], listener["projects"]) == ("web", "http", [edge.name])
    assert (listener["rules"], listener["open_connections"], listener["requests"]) == (1, 1, 1)
    table = edge.daemon.run("listeners").stdout
    assert [line for line in table.splitlines() if line.startswith(address)]

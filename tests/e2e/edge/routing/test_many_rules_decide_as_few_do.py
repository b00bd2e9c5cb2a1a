# SPDX-License-Identifier: Apache-2.0
"""Thousands of hosts and rules: each request still goes where reading them in order says."""

import random

SEED = 7


def test_many_rules_decide_as_few_do(edge):
    rules = []
    for number in range(3000):
        rules.append({"when": {"host": f"host{number}.example.com", "path": [f"/{number % 7}/*"]},
                      "respond": {"status": 200, "body": f"{number}"}})
    rules.insert(1000, {"when": {"path": "/3/special*"}, "respond": {"status": 200, "body": "special"}})
    edge.up({"web": {"rules": rules, "default": {"respond": {"status": 404, "body": "none"}}}})
    client = edge.connect()
    choice = random.Random(SEED)
    for _ in range(200):
        number, part = choice.randrange(3000), choice.randrange(8)
        path = f"/{part}/{choice.choice(['x', 'special', 'specially', ''])}"
        if number % 7 == part and (number < 1000 or not path.startswith("/3/special")):
            wanted = b"%d" % number
        else:
            wanted = b"special" if path.startswith("/3/special") else b"none"
        assert client.get(path, f"host{number}.example.com").body == wanted, (number, path)

# SPDX-License-Identifier: Apache-2.0
"""Of rules, of targets, and of its own listener's settings."""


def test_websocket_survives_changes(edge, echoing, websocket):
    edge.forward(echoing)
    clients = [websocket() for _ in range(8)]
    for number in range(5):
        rules = [{"when": {"path": f"/{n}"}, "respond": {"status": 200}} for n in range(number * 10)]
        edge.forward(echoing, rules=rules, timeouts={"idle": f"{number + 10}s"})
        for client in clients:
            client.say(b"%d" % number)


def test_websocket_survives_the_removal_of_its_target(edge, echoing, websocket):
    other = edge.origin()
    edge.forward(echoing, group={"drain": "1m"})
    client = websocket()
    edge.forward(other, group={"drain": "1m"})
    client.say(b"still there")
    assert edge.get().status == 200
    assert len(other.requests) == 1

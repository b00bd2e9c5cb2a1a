# SPDX-License-Identifier: Apache-2.0
"""Two deploys at once: the second says for whom it waits, or is refused where it was asked to be."""


def test_second_deploy_waits(node):
    first = node.begin(spec=node.spec("1"), author="anna@one")["deploy"]
    second = node.begin(spec=node.spec("2"), author="bob@two")["deploy"]
    refused = node.begin(spec=node.spec("3"), options={"lock": "refuse"}, status=409)
    assert "anna@one" in refused["error"]["message"]
    result, events = node.result(second)
    assert events[0]["type"] == "waiting" and events[0]["for"]["author"] == "anna@one"
    assert result["state"] == "done"
    assert node.result(first)[0]["state"] == "done"
    assert node.get() == (200, "2")
    assert len(node.call("GET", "/v1/projects/shop/revisions")["revisions"]) == 2

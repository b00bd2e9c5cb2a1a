# SPDX-License-Identifier: Apache-2.0

BASE = """
x-slipway:
  target_groups: {g: {targets: ["a:1"], timeouts: {connect: 1s}}}
  listeners:
    l:
      address: ":80"
      limits: {requests: [{rate: 5/s}], connections: 7}
      default: {forward: g}
"""
OVER = """
x-slipway:
  target_groups: {g: {timeouts: {response: 2s}}}
  listeners: {l: {limits: {requests: [{rate: 9/s, burst: 3}]}}}
"""


def test_lists_of_limits_are_not_added_up(project):
    project.write("base.yaml", BASE)
    project.write("over.yaml", OVER)
    extension = project.config(before=("-f", "base.yaml", "-f", "over.yaml"))["x-slipway"]
    assert extension["listeners"]["l"]["limits"] == {
        "connections": 7,
        "requests": [{"rate": "9/s", "burst": 3}],
    }
    assert extension["target_groups"]["g"]["timeouts"] == {"connect": "1s", "response": "2s"}

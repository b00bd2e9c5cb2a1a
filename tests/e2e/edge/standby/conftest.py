# SPDX-License-Identifier: Apache-2.0
"""Documents as control makes them for a deploy: targets that belong to instances, and groups for
what is on standby."""

import pytest


class Deploying:
    """A project whose group is "api", as the one who deploys it sees it."""

    def __init__(self, edge):
        self.edge = edge
        self.listeners = {"web": {"default": {"forward": "api"}}}

    def put(self, serving, standby=None, group=None, standby_group=None):
        """Instances by name, with their origins; both groups, with what else they say."""
        groups = {"api": {**(group or {}), "targets": targets(serving)}}
        if standby is not None:
            groups["api@next"] = {**(standby_group or {}), "targets": targets(standby)}
        project = self.edge.project(self.listeners, groups)
        status, answer = self.edge.daemon.api("PUT", f"/v1/projects/{self.edge.name}", project)
        assert status == 200, answer
        return answer


def targets(instances):
    return [{"address": origin, "instance": name} for name, origin in instances.items()]


@pytest.fixture
def deploying(edge):
    return Deploying(edge)

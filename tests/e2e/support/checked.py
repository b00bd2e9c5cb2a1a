# SPDX-License-Identifier: Apache-2.0
"""Targets with health checks."""

from support.origin import answer


class Checked:
    """An origin whose health can be switched."""

    def __init__(self, edge, name, is_well=True, status=200):
        self.is_well = is_well
        self.status = status
        self.checks = []
        self.origin = edge.origin(self.respond, name=name)

    def respond(self, request):
        if request.target == "/healthz":
            self.checks.append(request)
            return answer(b"", self.status if self.is_well else 503)
        return answer(self.origin.name.encode())


HEALTH = {"path": "/healthz", "interval": "1s", "timeout": "500ms", "healthy": 1, "unhealthy": 1}

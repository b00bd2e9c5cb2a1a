# SPDX-License-Identifier: Apache-2.0
"""Origins for tests of health checks."""

from support.origin import answer

FAST = {"path": "/up", "interval": "1s", "timeout": "500ms"}


class Patient:
    """Answers checks at /up with a status that can be changed, and everything else with a name."""

    def __init__(self, edge, name, status=200, **options):
        self.status = status
        self.name = name
        self.origin = edge.origin(self.respond, **options)

    def respond(self, request):
        if request.target == "/up":
            return answer(b"checked", self.status)
        return answer(self.name.encode())

    @property
    def checks(self):
        return [request for request in self.origin.requests if request.target == "/up"]

    @property
    def traffic(self):
        return [request for request in self.origin.requests if request.target != "/up"]

# SPDX-License-Identifier: Apache-2.0

from support.edge import wait_until


def test_they_only_grow(edge):
    origin = edge.origin(name="a")
    edge.forward(origin)
    for _ in range(5):
        edge.get()
    edge.forward(origin, group={"drain": "20s"}, timeouts={"idle": "20s"})
    for _ in range(2):
        edge.get()
    for kind, name in (("listeners", "web"), ("groups", "app"), ("targets", origin.address)):
        wait_until(lambda: edge.statistics(kind, name)["requests"] == 7)
    wait_until(lambda: edge.statistics("listeners", "web")["responses"][2] == 7)

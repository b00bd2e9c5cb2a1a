# SPDX-License-Identifier: Apache-2.0
"""Ports for what a test starts. A port that was only looked up may be another program's by the time
it is used, be it as the near end of a connection; so a socket stands on each that does not listen:
the system gives its port to nobody, and who asks for it by number may listen there (as all servers
do, with SO_REUSEADDR)."""

import socket

KEEPERS_MAX = 500  # a test run has thousands, and each is a descriptor

used_ports = set()
keepers = {}  # by port, the oldest first


def reserve_port(family=socket.AF_INET):
    """A port, and the socket on it. No port comes twice: what a daemon counted at an address goes on
    where it is used again."""
    passed_over = []
    while True:
        keeper = socket.socket(family)
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        port = keeper.getsockname()[1]
        if port not in used_ports:
            break
        passed_over.append(keeper)
    for other in passed_over:
        other.close()
    used_ports.add(port)
    return port, keeper


def free_port():
    """A port whose socket stands until it is the oldest of many."""
    port, keeper = reserve_port()
    keepers[port] = keeper
    if len(keepers) > KEEPERS_MAX:
        release_port(next(iter(keepers)))
    return port


def release_port(port):
    """From now on it is whoever's takes it."""
    keepers.pop(port).close()

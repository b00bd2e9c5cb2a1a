# SPDX-License-Identifier: Apache-2.0
"""Very many clients at once, which send a byte now and then."""

import resource
import socket


def how_many(wanted, descriptors_each=1):
    """As many of these as this process may have descriptors for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(wanted, (soft - 500) // descriptors_each)


class SlowClients:
    def __init__(self, address, count, text):
        self.text = text
        self.sent = 0
        self.sockets = []
        for _ in range(count):
            client = socket.create_connection(address)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets.append(client)

    def send_one_byte(self):
        byte = self.text[self.sent : self.sent + 1]
        self.sent += 1
        for client in self.sockets:
            client.send(byte)

    def close(self):
        for client in self.sockets:
            client.close()


def user_memory_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    raise AssertionError("the kernel does not say RssAnon")

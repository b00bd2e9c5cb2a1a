# SPDX-License-Identifier: Apache-2.0
"""Clients of other addresses: all of 127.0.0.0/8 is this machine."""

import socket

from support.http1 import Reader
from support.raw import WAIT, Client


class ClientFrom(Client):
    def __init__(self, address, source):
        self.socket = socket.create_connection(address, WAIT, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.end = None
        self.reader = Reader(self.receive)


def client_from(edge, source, listener="web"):
    client = ClientFrom(edge.address(listener), source)
    edge.closed_at_end.append(client)
    return client

# SPDX-License-Identifier: Apache-2.0
"""Headers of the PROXY protocol."""

import socket
import struct


def version_1(source="192.0.2.7", port=5555, family="TCP4", to="192.0.2.1"):
    return f"PROXY {family} {source} {to} {port} 80\r\n".encode()


def version_2(source="192.0.2.7", port=5555, command=1):
    addresses = socket.inet_aton(source) + socket.inet_aton("192.0.2.1") + struct.pack("!HH", port, 80)
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x20 | command, 0x11, len(addresses)) + addresses

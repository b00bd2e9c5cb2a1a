# SPDX-License-Identifier: Apache-2.0
"""Clients that send what they are told to, byte for byte, and read answers strictly."""

import select
import socket
import ssl
import struct

from support.http1 import Reader, Response

WAIT = 20  # seconds, for what takes milliseconds: only so that nothing hangs
PAUSE_SECONDS = 0.001  # of a client under load: what is tested needs the machine, too


def connect(address, receive_buffer=None):
    """To (HOST, PORT), or to the path of a Unix socket."""
    if isinstance(address, str):
        family = socket.AF_UNIX
    else:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    client = socket.socket(family)
    client.settimeout(WAIT)
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    try:
        client.connect(address)
    except OSError:
        client.close()
        raise
    if family != socket.AF_UNIX:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


class Client:
    def __init__(self, address, tls=None, server_name=None, receive_buffer=None):
        self.end = None  # "closed" or "reset", once seen
        self.reader = Reader(self.receive)
        try:
            self.socket = connect(address, receive_buffer)
        except ConnectionResetError:  # so early that it can be seen here already
            self.socket, self.end = socket.socket(), "reset"
            return
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    @property
    def port(self):
        return self.socket.getsockname()[1]

    # Sending

    def send(self, data):
        """False where the other side takes no more."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            return False

    def send_pieces(self, data, cuts):
        """In pieces that begin at the cuts, each given a moment to arrive on its own."""
        cuts = [0, *cuts, len(data)]
        for start, end in zip(cuts, cuts[1:]):
            if not self.send(data[start:end]):
                return
            select.select([self.socket], [], [], 0.0003)

    def get(self, target="/", host="a", headers=(), method="GET", body=None):
        """Sends it; returns the answer."""
        self.send(request(target, host, headers, method, body))
        return self.response(method)

    # Receiving

    def receive(self, size=65536):
        if self.end:
            return b""
        try:
            data = self.socket.recv(size)
        except (ConnectionResetError, BrokenPipeError):
            self.end = "reset"
            return b""
        except ssl.SSLError as error:
            self.end = f"tls: {error.reason}"
            return b""
        if not data:
            self.end = "closed"
        return data

    def head(self):
        return self.reader.head(Response)

    def response(self, method="GET"):
        """The next one, with what came for information before it; None where there is none."""
        interim = []
        while True:
            response = self.head()
            if response is None:
                return None
            if response.status >= 200 or response.status == 101:
                break
            interim.append(response)
        response.interim = interim
        self.read_body(response, method)
        return response

    def read_body(self, response, method="GET"):
        framing = response.framing()
        if method == "HEAD" or response.status in (101, 204, 304):
            return
        if framing is None:
            response.is_framed = False
            response.body = self.reader.rest()
        else:
            response.body = self.reader.body(framing)

    def rest(self):
        """All that comes until the end."""
        return self.reader.rest()

    def is_closed(self):
        """Waits for the end: nothing but that may come."""
        rest = self.rest()
        assert rest == b"", rest
        return self.end == "closed"

    def has_something(self, seconds=0):
        return bool(self.reader.buffer) or bool(select.select([self.socket], [], [], seconds)[0])

    # Ending

    def shut(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()


def request(target="/", host="a", headers=(), method="GET", body=None):
    if isinstance(headers, dict):
        headers = headers.items()
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def chunked(*parts, end=b"0\r\n\r\n"):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end

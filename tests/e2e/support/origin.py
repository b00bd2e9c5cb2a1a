# SPDX-License-Identifier: Apache-2.0
"""Origins: servers behind the edge that record every byte and answer as they are told."""

import os
import shutil
import socket
import struct
import tempfile
import threading
import time

from support.http1 import Malformed, Reader, Request
from support.raw import WAIT


def answer(body=b"ok", status=200, headers=(), reason="OK", length=True):
    lines = [f"HTTP/1.1 {status} {reason}"]
    lines += [f"{name}: {value}" for name, value in (headers.items() if isinstance(headers, dict) else headers)]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Connection:
    """As the origin has it. A script is called with it, and it is closed when that returns."""

    def __init__(self, origin, sock, number):
        self.origin = origin
        self.socket = sock
        self.number = number
        self.received = bytearray()
        self.requests = []
        self.end = None  # "closed" or "reset", once the other side has ended it
        self.reader = Reader(self.receive)

    def receive(self, size=65536):
        if self.end:
            return b""
        try:
            data = self.socket.recv(size)
        except (ConnectionResetError, BrokenPipeError):
            data, self.end = b"", "reset"
        except OSError:  # closed by the test
            data, self.end = b"", "stopped"
        if not data and not self.end:
            self.end = "closed"
        self.received += data
        self.origin.changed()
        return data

    def head(self):
        """The next request without its body; None at the end."""
        try:
            request = self.reader.head(Request)
        except EOFError:
            return None
        except Malformed as fault:
            self.origin.faults.append(str(fault))
            raise
        if request is not None:
            self.requests.append(request)
            with self.origin.condition:
                self.origin.requests.append(request)
                self.origin.condition.notify_all()
        return request

    def body(self, request):
        try:
            request.body = self.reader.body(request.framing())
        except Malformed as fault:
            self.origin.faults.append(str(fault))
            raise
        self.origin.changed()
        return request.body

    def request(self):
        """With its body; None where it does not come whole."""
        request = self.head()
        try:
            if request is not None:
                self.body(request)
        except EOFError:
            return None
        return request

    def send(self, data):
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def rest(self):
        while self.receive():
            pass
        return self.received

    def shut(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.socket.close()


class Origin:
    """Answers each request with what respond(request) says, bytes; or does on each connection what
    script(connection) does."""

    def __init__(self, respond=None, script=None, family="ipv4", name=None):
        self.respond = respond or (lambda request: answer(name.encode() if name else b"ok"))
        self.script = script or self.serve
        self.family = family
        self.name = name
        self.condition = threading.Condition()
        self.connections = []
        self.requests = []
        self.faults = []
        self.threads = []
        self.folder = None
        self.socket = None
        self.start()

    # Its life

    def start(self, address=None):
        """Again, too: at the address that it had, or at another one."""
        if self.family == "unix":
            if not self.folder:
                self.folder = tempfile.mkdtemp(prefix="origin-")
                os.chmod(self.folder, 0o755)  # the edge has a user of its own
            self.bound = f"{self.folder}/socket"
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(self.bound)
            os.chmod(self.bound, 0o777)
        else:
            ipv6 = self.family == "ipv6"
            self.socket = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(address or ("::1" if ipv6 else "127.0.0.1", 0))
            self.bound = self.socket.getsockname()[:2]
        self.socket.listen(1024)
        self.is_open = True
        thread = threading.Thread(target=self.accept, args=(self.socket,), daemon=True)
        thread.start()
        self.threads.append(thread)

    def stop_listening(self):
        """New connections are refused from now on; the others stay."""
        self.is_open = False
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        if self.family == "unix":
            os.unlink(self.bound)

    def stop(self):
        if self.is_open:
            self.stop_listening()
        for connection in list(self.connections):
            try:
                connection.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self.threads:
            thread.join(WAIT)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def port(self):
        return self.bound[1]

    @property
    def address(self):
        """As it stands in a project."""
        if self.family == "unix":
            return f"unix:{self.bound}"
        return f"[{self.bound[0]}]:{self.port}" if self.family == "ipv6" else f"{self.bound[0]}:{self.port}"

    def accept(self, listening):
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            if self.family != "unix":
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.condition:
                connection = Connection(self, sock, len(self.connections))
                self.connections.append(connection)
                self.condition.notify_all()
            thread = threading.Thread(target=self.run, args=(connection,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def run(self, connection):
        try:
            self.script(connection)
        except (EOFError, Malformed):
            pass
        except OSError as error:
            if self.is_open:
                self.faults.append(repr(error))
        finally:
            connection.close()
            if not connection.end:
                connection.end = "stopped"
            self.changed()

    def serve(self, connection):
        while True:
            request = connection.request()
            if request is None:
                connection.rest()
                return
            data = self.respond(request)
            if data is None or not connection.send(data):
                return

    # What was seen

    def changed(self):
        with self.condition:
            self.condition.notify_all()

    def wait(self, condition, what="what was waited for"):
        """Until condition() holds, and returns what it gives."""
        limit = time.monotonic() + WAIT
        with self.condition:
            while True:
                result = condition()
                if result:
                    return result
                left = limit - time.monotonic()
                assert left > 0, f"{what} did not happen: {self.requests} {[c.received for c in self.connections]}"
                self.condition.wait(left)

    def wait_for_requests(self, count=1):
        self.wait(lambda: len(self.requests) >= count, f"request {count}")
        return self.requests[count - 1]

    def wait_for_end(self, number=0):
        """Of a connection; how it ended."""
        return self.wait(
            lambda: len(self.connections) > number and self.connections[number].end, "the end of a connection"
        )

    @property
    def received(self):
        return b"".join(bytes(connection.received) for connection in self.connections)

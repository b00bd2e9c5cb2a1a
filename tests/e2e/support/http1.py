# SPDX-License-Identifier: Apache-2.0
"""HTTP/1 as strictly as it can be read: what is not exactly right is an error. Written for tests,
from the RFCs, and sharing nothing with the program."""

import re

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/1\.1")
STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)")
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})")


class Malformed(Exception):
    pass


class Head:
    def __init__(self, data):
        lines = data.split(b"\r\n")
        if lines[-2:] != [b"", b""]:
            raise Malformed(f"no head: {data!r}")
        self.raw = data
        self.start_line = lines[0]
        self.fields = []
        for line in lines[1:-2]:
            name, colon, value = line.partition(b":")
            if not colon or not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
                raise Malformed(f"not a field: {line!r}")
            self.fields.append((name.decode().lower(), value.strip(b" \t").decode("latin-1")))

    def all(self, name):
        return [value for other, value in self.fields if other == name.lower()]

    def header(self, name):
        """The value of a field that is there once; None where it is not."""
        values = self.all(name)
        if len(values) > 1:
            raise Malformed(f"{name} is there {len(values)} times: {values}")
        return values[0] if values else None

    def has(self, name, token):
        return token in [part.strip().lower() for part in ",".join(self.all(name)).split(",")]

    def framing(self):
        """None, "chunked" or a length."""
        length, coding = self.header("content-length"), self.header("transfer-encoding")
        if coding is not None:
            if coding != "chunked" or length is not None:
                raise Malformed(f"Transfer-Encoding {coding!r}, Content-Length {length!r}")
            return "chunked"
        if length is not None and not re.fullmatch("0|[1-9][0-9]*", length):
            raise Malformed(f"Content-Length {length!r}")
        return None if length is None else int(length)


class Request(Head):
    def __init__(self, data):
        super().__init__(data)
        match = REQUEST_LINE.fullmatch(self.start_line)
        if not match:
            raise Malformed(f"not a request line: {self.start_line!r}")
        self.method, self.target = match[1].decode(), match[2].decode()
        self.body = b""
        if len(self.all("host")) != 1:
            raise Malformed(f"Host is there {len(self.all('host'))} times")
        self.framing()

    def __repr__(self):
        return f"<{self.method} {self.target}>"


class Response(Head):
    def __init__(self, data):
        super().__init__(data)
        match = STATUS_LINE.fullmatch(self.start_line)
        if not match:
            raise Malformed(f"not a status line: {self.start_line!r}")
        self.status, self.reason = int(match[1]), match[2].decode("latin-1")
        self.body = b""
        self.interim = []
        self.is_framed = True

    def __repr__(self):
        return f"<{self.status} {self.body[:60]!r}>"

    @property
    def closes(self):
        return self.has("connection", "close")


class Reader:
    """Reads messages out of what receive() gives: some bytes, or none at the end."""

    def __init__(self, receive):
        self.receive = receive
        self.buffer = bytearray()

    def more(self):
        data = self.receive()
        self.buffer += data
        return bool(data)

    def take(self, size):
        while len(self.buffer) < size:
            if not self.more():
                raise EOFError(f"{size - len(self.buffer)} bytes are missing")
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def until(self, mark):
        """With the mark; None where there is not a byte."""
        start = 0
        while (end := self.buffer.find(mark, start)) < 0:
            start = max(0, len(self.buffer) - len(mark))
            if not self.more():
                if self.buffer:
                    raise EOFError(f"ends before {mark!r}: {bytes(self.buffer)!r}")
                return None
        return self.take(end + len(mark))

    def line(self):
        line = self.until(b"\r\n")
        if line is None:
            raise EOFError("ends before a line")
        return line[:-2]

    def head(self, kind):
        """None where there is not a byte of one."""
        data = self.until(b"\r\n\r\n")
        return None if data is None else kind(data)

    def chunks(self):
        """The data of each chunk, as it comes."""
        while True:
            line = self.line()
            if not CHUNK_LINE.fullmatch(line):
                raise Malformed(f"not the size of a chunk: {line!r}")
            size = int(line, 16)
            if size == 0:
                if self.line() != b"":
                    raise Malformed("something stands behind the last chunk")
                return
            yield self.take(size)
            if self.take(2) != b"\r\n":
                raise Malformed("a chunk does not end where its size says")

    def body(self, framing):
        if framing == "chunked":
            return b"".join(self.chunks())
        return self.take(framing or 0)

    def rest(self):
        while self.more():
            pass
        return self.take(len(self.buffer))


def valid_part_of_chunks(data):
    """What may be passed on of a chunked body: the data before the first fault, and whether it is
    whole. None for the second where it just stops."""
    whole, at = b"", 0
    extension = rb"(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|" \
                rb'"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*'
    line = re.compile(rb"([0-9A-Fa-f]{1,16})" + extension + rb"\r\n")
    while True:
        match = line.match(data, at)
        if not match:
            return whole, None if b"\r\n" not in data[at:] else False
        size, at = int(match[1], 16), match.end()
        if size == 0:
            trailer = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n")
            return whole, True if trailer.match(data, at) else False
        whole += data[at : at + size]
        if len(data) < at + size + 2:
            return whole, None
        if data[at + size : at + size + 2] != b"\r\n":
            return whole, False
        at += size + 2

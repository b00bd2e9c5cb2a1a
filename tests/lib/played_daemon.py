# SPDX-License-Identifier: Apache-2.0
"""A daemon that is played: it notes what it is asked and answers what a test has laid ready.

    daemon.answer("GET /v1/images", {"images": []})
    daemon.answer("GET /v1/events", stream=[{"type": "result", "state": "done"}])
    daemon.answer("POST .../exec", talk=function)      takes the socket after a status of 101

A stream is a list, or a function of the request that yields objects. An answer is found by method
and path, without the query; it stands until another takes its place.
"""

import json
import os
import socketserver
import struct
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler

INPUT, OUTPUT, ERRORS, EXIT, SIZE, FAILED = range(6)


class Request:
    def __init__(self, method, target, headers, body):
        self.method = method
        self.path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.method} {self.path} {self.query} {self.body[:300]!r}"


def frame(kind, data=b""):
    return bytes([kind, 0, 0, 0]) + struct.pack(">I", len(data)) + data


def exit_frame(status):
    return frame(EXIT, struct.pack(">I", status))


def read_frame(connection):
    """(kind, data), or None at the end."""

    def exactly(size):
        data = b""
        while len(data) < size:
            part = connection.recv(size - len(data))
            if not part:
                return None
            data += part
        return data

    head = exactly(8)
    if head is None:
        return None
    size = struct.unpack(">I", head[4:])[0]
    return head[0], exactly(size) if size else b""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        size = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, self.headers, self.rfile.read(size))
        self.close_connection = True
        answer = self.server.daemon.take(request)
        try:
            self.send_answer(request, answer)
        except (BrokenPipeError, ConnectionResetError):
            pass

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def send_answer(self, request, answer):
        if answer is None:
            self.send_whole(404, {"error": {"message": f"nothing is played for {request.path}"}})
        elif "talk" in answer:
            self.send_response(101)
            self.send_header("Connection", "upgrade")
            self.send_header("Upgrade", "slipway-stream")
            self.end_headers()
            self.wfile.flush()
            answer["talk"](request, self.connection)
        elif "stream" in answer:
            self.send_stream(request, answer["stream"])
        else:
            self.send_whole(answer["status"], answer["body"])

    def send_whole(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def send_stream(self, request, objects):
        self.send_response(200)
        self.send_header("Content-Type", "application/jsonl")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for item in objects(request) if callable(objects) else objects:
            data = json.dumps(item).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def address_string(self):
        return "local"

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


class PlayedDaemon:
    def __init__(self, runtime_folder):
        os.makedirs(runtime_folder, exist_ok=True)
        self.answers = {}
        self.requests = []
        self.condition = threading.Condition()
        self.server = Server(os.path.join(runtime_folder, "control.sock"), Handler)
        self.server.daemon = self
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        self.answer("GET /v1/version", {"version": "played", "generation": 1})

    def answer(self, what, body=None, status=200, **other):
        self.answers[what] = other or {"status": status, "body": body}

    def refuse(self, what, message, status=409):
        self.answer(what, {"error": {"message": message}}, status)

    def take(self, request):
        with self.condition:
            self.requests.append(request)
            self.condition.notify_all()
        return self.answers.get(f"{request.method} {request.path}")

    def asked(self, what):
        """What was asked in that way, in order."""
        with self.condition:
            return [r for r in self.requests if f"{r.method} {r.path}" == what]

    def wait_for(self, what, seconds=20):
        with self.condition:
            assert self.condition.wait_for(
                lambda: any(f"{r.method} {r.path}" == what for r in self.requests), seconds
            ), self.requests
        return self.asked(what)[-1]

    def deploys(self, project, events, number=7):
        """Takes deploys of the project, whose events are these."""
        self.answer(f"POST /v1/projects/{project}/deploys", {"deploy": number, "revision": 4}, 202)
        self.answer("GET /v1/events", stream=events)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

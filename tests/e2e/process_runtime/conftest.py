# SPDX-License-Identifier: Apache-2.0

import sys

import pytest

from support.space import PrivateSpace
from support.stack import Stack

PROGRAM = """#!{python}
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = ("{answer} " + os.environ["SLIPWAY_INSTANCE"]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


class Native(Stack):
    """A daemon, and a program that answers, in a file that a test may change."""

    @property
    def program(self):
        return self.folder / "serve"

    def write_program(self, answer):
        new = self.folder / "serve.new"
        new.write_text(PROGRAM.format(python=sys.executable, answer=answer))
        new.chmod(0o755)
        new.rename(self.program)

    def native(self, *command, **more):
        return {"command": [str(word) for word in command], "x-slipway": {"runtime": "process"}, **more}


@pytest.fixture(scope="session")
def space():
    space = PrivateSpace()
    yield space
    space.close()


@pytest.fixture
def stack(slipway, space):
    stack = Native(slipway, None, space)
    try:
        stack.serve()
        yield stack
    finally:
        stack.close()

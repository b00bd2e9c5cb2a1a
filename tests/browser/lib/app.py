# SPDX-License-Identifier: Apache-2.0
"""A service that tests tell what to do, by files in $STACK: to be sick, or to say something."""

import http.server
import json
import os
import sys
import threading
import time

stack = os.environ["STACK"]
answer = os.environ.get("ANSWER", "v1")
waits_for = os.environ.get("WAITS_FOR", "")
says_requests = "SAYS_REQUESTS" in os.environ
instance = os.environ["SLIPWAY_INSTANCE"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one piece: in two the second waits for the first to be acknowledged.
    wbufsize = 65536

    def do_GET(self):
        is_sick = os.path.exists(f"{stack}/sick")
        if waits_for and not os.path.exists(f"{stack}/{waits_for}"):
            is_sick = True
        body = f"{answer}\n".encode()
        self.send_response(500 if is_sick and self.path == "/health" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if says_requests and self.path != "/health":
            level = "warning" if "?retry" in self.path else "info"
            said = {"level": level, "message": f"GET {self.path}", "status": 200}
            print(json.dumps(said), flush=True)

    def log_message(self, *_):
        pass


def say():
    """Each line that is put into the file "say" is said; those that begin with "!" as an error."""
    said = 0
    while True:
        try:
            with open(f"{stack}/say", encoding="utf-8") as file:
                lines = file.read().split("\n")[:-1]
        except FileNotFoundError:
            lines = []
        for line in lines[said:]:
            is_error = line.startswith("!")
            print(line.lstrip("!"), file=sys.stderr if is_error else sys.stdout, flush=True)
        said = max(said, len(lines))
        time.sleep(0.05)


print(f"{answer} of {instance} listens", flush=True)
threading.Thread(target=say, daemon=True).start()
address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"]))
http.server.ThreadingHTTPServer(address, Handler).serve_forever()

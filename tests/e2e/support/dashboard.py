# SPDX-License-Identifier: Apache-2.0
"""The dashboard's port of a daemon, asked as a browser, a script or an attacker would."""

import base64
import hashlib
import hmac
import http.client
import json
import re
import socket
import sqlite3

from support.binary import REPOSITORY
from support.ports import free_port
from support.tree import PATIENCE_SECONDS, wait_until

HEADER = b'{"alg":"HS256","typ":"JWT"}'


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def message(self):
        return self.json()["error"]["message"]


class Route:
    def __init__(self, method, path, role, flags):
        self.method, self.path, self.role, self.flags = method, path, role, flags

    def __repr__(self):
        return f"{self.method} {self.path}"


def routes():
    """As src/api/routes.def has them."""
    text = (REPOSITORY / "src/api/routes.def").read_text()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = [Route(*match) for match in re.findall(
        r'ROUTE\(\s*(\w+),\s*"([^"]+)",\s*\w+,\s*(\w+),\s*(\w+)\s*\)', text)]
    assert len(found) == text.count("ROUTE(") > 40
    return found


class Dashboard:
    def __init__(self, node, port=None):
        self.node = node
        self.port = port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.open()

    def open(self, status=200):
        return self.node.call("PUT", "/v1/dashboard", {"address": self.address}, status)

    def token(self, role="admin", name="anna", expires_s=3600):
        return self.node.call("POST", "/v1/tokens",
                              {"role": role, "name": name, "expires_s": expires_s}, 201)

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def ask(self, method, path, token=None, body=None, **headers):
        connection = self.connection()
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            fields["Authorization"] = f"Bearer {token}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        try:
            connection.request(method, path, body, fields)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def raw(self, text):
        """What comes back until the end of the connection."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS) as connection:
            connection.sendall(text.encode())
            data = b""
            while part := connection.recv(65536):
                data += part
        return data.decode()

    def stream(self, path, token):
        connection = self.connection()
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        return connection, response

    # The node's secrets, as only who reads its files has them.

    def query(self, sql, *values):
        with sqlite3.connect(self.node.state / "slipway.db", timeout=PATIENCE_SECONDS) as database:
            return database.execute(sql, values).fetchall()

    def key(self):
        return bytes.fromhex(self.query("SELECT value FROM secrets WHERE name = 'token key'")[0][0])

    def forge(self, claims, header=HEADER, key=None):
        """A token that is sealed well, whatever it says."""
        text = f"{b64(header)}.{b64(json.dumps(claims).encode())}"
        return f"{text}.{b64(hmac.new(key or self.key(), text.encode(), hashlib.sha256).digest())}"

    def audit(self, token=None):
        return self.node.call("GET", "/v1/audit?limit=1000")["entries"]

    def wait_open(self):
        def is_open():
            try:
                return self.ask("GET", "/").status == 200
            except OSError:
                return False
        wait_until(is_open, "the dashboard", self.node.log)

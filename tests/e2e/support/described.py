# SPDX-License-Identifier: Apache-2.0
"""A daemon whose answers are held against docs/openapi.yaml."""

from support.node import Connection, Node


class Api:
    """Calls operations by their id, and checks each answer."""

    def __init__(self, node, document):
        self.node = node
        self.document = document
        self.called = set()

    def exchange(self, method, target, body=None, headers=None):
        connection = Connection(self.node.runtime / "control.sock")
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        upgraded = response.status == 101
        text = b"" if upgraded else response.read()
        connection.close()
        return response, text

    def call(self, name, status=200, query=None, body=None, headers=None, **names):
        operation = self.document.operations[name]
        response, text = self.exchange(operation.method, operation.target(names, query), body,
                                       headers)
        wanted = status if isinstance(status, tuple) else (status,)
        assert response.status in wanted, (operation, response.status, text[:1000], self.node.log())
        self.called.add(name)
        return self.document.check_answer(operation, response.status,
                                          response.getheader("Content-Type"), text)

    def lives(self):
        connection, response = self.node.request("GET", "/v1/version")
        assert response.status == 200 and response.read()
        connection.close()
        assert self.node.process.poll() is None, self.node.log()


class LonelyNode(Node):
    """Finds no engine, whatever the machine has: prune would be meant for real."""

    engine = None

    def start(self):
        path = self.engine or self.folder / "none.sock"
        self.environment["DOCKER_HOST"] = f"unix://{path}"
        super().start()

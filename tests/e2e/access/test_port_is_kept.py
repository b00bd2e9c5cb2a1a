# SPDX-License-Identifier: Apache-2.0
"""While control starts anew, the dashboard's port is the daemon's: who connects waits, and nobody
else gets it."""

import errno
import http.client
import signal
import socket
import threading

import pytest

from support.ports import release_port
from support.tree import PATIENCE_SECONDS, wait_until


class Watch:
    """Asks again and again with a token, each time by a connection of its own, and tries to take
    the port."""

    def __init__(self, dashboard):
        self.port = dashboard.port
        release_port(self.port)
        self.token = dashboard.token()["token"]
        self.answered = 0
        self.refused = []  # connections that could not be made
        self.wrong = []  # answers
        self.stolen = []
        self.tries = 0
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.ask), threading.Thread(target=self.steal)]

    def ask(self):
        while not self.is_over.is_set():
            try:
                stream = socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)
            except OSError as error:
                self.refused.append(error)
                self.is_over.wait(0.005)
                continue
            connection = http.client.HTTPConnection("127.0.0.1", self.port)
            connection.sock = stream
            try:
                connection.request("GET", "/v1/session",
                                   headers={"Authorization": f"Bearer {self.token}"})
                status = connection.getresponse().status
                if status != 200:
                    self.wrong.append(status)
                self.answered += 1
            except (ConnectionError, http.client.HTTPException):
                pass  # it was open in the process that died
            except OSError as error:
                self.wrong.append(error)
            finally:
                connection.close()

    def steal(self):
        while not self.is_over.wait(0.001):
            with socket.socket() as thief:
                thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, self.tries % 2)
                try:
                    thief.bind(("127.0.0.1", self.port))
                    thief.listen()
                    self.stolen.append(self.tries)
                except OSError as error:
                    if error.errno != errno.EADDRINUSE:
                        self.stolen.append(error)
            self.tries += 1

    def goes_on(self, node):
        answered, tries = self.answered, self.tries
        wait_until(lambda: self.answered > answered + 3 and self.tries > tries + 3,
                   "another answer", node.log)

    def check(self):
        assert self.stolen == [] and self.refused == [] and self.wrong == []

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


def test_control_is_killed(node, dashboard):
    with Watch(dashboard) as watch:
        for _ in range(3):
            watch.goes_on(node)
            node.kill_control()
        watch.goes_on(node)
    watch.check()
    assert "the dashboard is not open yet" not in node.log()


def test_the_binary_is_upgraded(node, dashboard):
    with Watch(dashboard) as watch:
        for _ in range(2):
            watch.goes_on(node)
            edges = node.log().count("info: the edge (process ")
            controls = node.log().count("info: control (process ")
            node.process.send_signal(signal.SIGUSR2)
            wait_until(lambda: node.log().count("info: control (process ") > controls
                       and node.log().count("info: the edge (process ") > edges,
                       "the new processes", node.log)
        watch.goes_on(node)
    watch.check()
    assert "the dashboard is not open yet" not in node.log()


def test_the_supervisor_is_killed(node, dashboard):
    with Watch(dashboard) as watch:
        watch.goes_on(node)
        controls = node.log().count("info: control (process ")
        node.process.kill()
        node.process.wait()
        wait_until(lambda: node.log().count("info: control (process ") > controls,
                   "another control", node.log)
        watch.goes_on(node)
    watch.check()
    assert "the dashboard is not open yet" not in node.log()
    node.call("POST", "/v1/shutdown", status=202)
    wait_until(lambda: not node.left_behind(), "the end", node.log)


def test_off_and_moving_free_the_port(node, dashboard):
    """At once, and for good: not even where control starts anew has the daemon it back."""
    node.kill_control()
    first, other = dashboard.port, type(dashboard)(node)
    with socket.create_server(("127.0.0.1", first)):
        assert other.ask("GET", "/").status == 200
    node.call("DELETE", "/v1/dashboard")
    with socket.create_server(("127.0.0.1", other.port)):
        node.kill_control()
        assert node.call("GET", "/v1/dashboard") == {"address": None}
    assert "the dashboard is not open yet" not in node.log()
    assert other.open() == {"address": other.address}  # once more, where it was
    assert other.ask("GET", "/").status == 200


def test_it_is_closed_where_it_is_not_to_be_open(node, dashboard):
    """As the file says, whatever was held."""
    (node.state / "dashboard").unlink()
    node.kill_control()

    def is_free():
        try:
            socket.create_server(("127.0.0.1", dashboard.port)).close()
        except OSError:
            return False
        return True

    wait_until(is_free, "the free port", node.log)
    assert node.call("GET", "/v1/dashboard") == {"address": None}


def test_the_end_frees_the_port(node, dashboard):
    node.kill_control()
    node.stop()
    with pytest.raises(ConnectionRefusedError):
        dashboard.ask("GET", "/")

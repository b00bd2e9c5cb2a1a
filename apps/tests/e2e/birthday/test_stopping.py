# SPDX-License-Identifier: Apache-2.0
"""SIGTERM: what is in flight is finished, nothing that was accepted is lost."""

import http.client
import signal
import socket
import threading

import pytest

from support.tools import DEADLINE_S

HEAD = (b"PUT /hello/Anna HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Length: 29\r\n\r\n")
BODY = b'{"dateOfBirth": "1990-01-01"}'


def stop_in_the_middle(service, one):
    one.sendall(HEAD)
    assert one.recv(65536).startswith(b"HTTP/1.1 100")
    one.sendall(BODY[:10])
    service.terminate()
    service.wait_message(r"stopping: 1 requests are in flight")
    service.wait_message("no new connections")


def test_a_request_in_flight_is_finished(birthday):
    service = birthday()
    with socket.create_connection(("127.0.0.1", service.port), timeout=DEADLINE_S) as one:
        stop_in_the_middle(service, one)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", service.port), timeout=DEADLINE_S)
        one.sendall(BODY[10:])
        answer = one.recv(65536)
        assert answer.startswith(b"HTTP/1.1 204")
        assert b"connection: close" in answer.lower()
        assert one.recv(65536) == b""
    assert service.wait() == 0
    assert service.messages()[-1] == "stopped"


def test_a_second_signal_ends_it_at_once(birthday):
    service = birthday()
    with socket.create_connection(("127.0.0.1", service.port), timeout=DEADLINE_S) as one:
        stop_in_the_middle(service, one)
        service.process.send_signal(signal.SIGINT)
        assert service.wait() == 0


def test_a_connection_that_waits_is_served(birthday, postgres):
    """The only thread is busy; a second connection is not accepted yet when the signal comes."""
    birthday(DATABASE_URL=postgres.url).put("Anna", "1990-01-01")
    slow = postgres.make_reads_wait()
    service = birthday(DATABASE_URL=slow, THREADS="1")
    statuses = []

    def get():
        statuses.append(service.get("/hello/Anna").status)

    first = threading.Thread(target=get, daemon=True)
    with postgres.held_up():
        first.start()
        postgres.wait_held_up()
        waiting = service.connect()
        waiting.request("GET", "/hello/Anna")
        service.terminate()
        service.wait_message("no new connections")
    answer = waiting.getresponse()
    assert answer.status == 200
    assert answer.headers["Connection"] == "close"
    waiting.close()
    first.join(DEADLINE_S)
    assert statuses == [200]
    assert service.wait() == 0


class Client(threading.Thread):
    """Requests one after the other until the service is gone; notes what was lost."""

    def __init__(self, service, signalled):
        super().__init__(daemon=True)
        self.service = service
        self.signalled = signalled
        self.answered = 0
        self.lost = []

    def one(self, connection):
        connection.request("GET", "/hello/Anna")
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200 and body.endswith(b"}\n")
        self.answered += 1
        return answer.headers.get("Connection") == "close"


class Keeping(Client):
    def run(self):
        connection = self.service.connect()
        try:
            while not self.one(connection):
                pass
        except (OSError, http.client.HTTPException, AssertionError) as error:
            self.lost.append(repr(error))


class Connecting(Client):
    def run(self):
        while True:
            connection = self.service.connect()
            try:
                connection.connect()
            except OSError:
                return
            was_before = not self.signalled.is_set()
            try:
                self.one(connection)
            except (OSError, http.client.HTTPException, AssertionError) as error:
                # Whoever connects while the socket is being closed may be reset.
                if was_before:
                    self.lost.append(repr(error))
                return
            finally:
                connection.close()


def test_under_load_nothing_is_lost(birthday):
    for _ in range(3):
        service = birthday()
        service.put("Anna", "1990-01-01")
        signalled = threading.Event()
        clients = [kind(service, signalled) for kind in (Keeping, Connecting) for _ in range(4)]
        for client in clients:
            client.start()
        while any(client.answered < 20 for client in clients):
            assert not any(client.lost for client in clients)
        signalled.set()
        service.terminate()
        assert service.wait() == 0
        for client in clients:
            client.join(DEADLINE_S)
            assert not client.is_alive()
            assert client.lost == []

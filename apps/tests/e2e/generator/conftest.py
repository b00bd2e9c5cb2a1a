# SPDX-License-Identifier: Apache-2.0
"""The four services, started for real, and services that play a part for a test."""

import http.server
import pathlib
import signal
import threading

import pytest

from support.service import Service, run_to_the_end
from support.tools import until

RULES = pathlib.Path(__file__).resolve().parents[3] / "generator" / "rules.txt"


def texts(settings):
    return {name: str(value) for name, value in settings.items()}


class GeneratorService(Service):
    def __init__(self, program, folder, settings):
        super().__init__(program, folder, texts(settings))
        self._seen = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method, path, body=None, headers=None):
        answer = self.request(method, path, body, headers)
        answer.text = answer.body.decode()
        return answer

    def wait_for(self, text):
        """The next message with the text; each message is looked at once."""

        def look():
            while self._seen < len(self.lines):
                self._seen += 1
                message = self.lines[self._seen - 1]["message"]
                if text in message:
                    return message
            assert self.process.poll() is None, f"it ended: {self.messages()}"
            return None

        return until(look, f'the log to say "{text}"')


@pytest.fixture
def start(programs, tmp_path):
    """start(name, SETTING=value...) starts a service and waits until it listens."""
    started = []

    def run(name, **settings):
        started.append(GeneratorService(programs / "generator" / name, tmp_path, settings))
        return started[-1].wait_listening()

    yield run
    for service in started:
        service.kill()
    # A sanitizer's complaint is another status, its text is on stderr.
    assert {service.process.returncode for service in started} <= {0, -signal.SIGKILL}


@pytest.fixture
def refused(programs, tmp_path):
    """refused(name, SETTING=value...): the messages of a service that must not start."""

    def run(name, **settings):
        status, messages = run_to_the_end(programs / "generator" / name, tmp_path, texts(settings))
        assert status == 1
        return messages

    return run


class Played:
    """An HTTP service whose answers the test gives: answer(path, body) -> (status, text)."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_request(self):
                length = int(self.headers.get("Content-Length", 0))
                status, text = answer(self.path, self.rfile.read(length).decode())
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(text.encode())))
                    self.end_headers()
                    self.wfile.write(text.encode())
                except OSError:
                    pass  # front gave up on it

            do_GET = do_POST = handle_request

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def play():
    """play(answer) starts a service that answers as the function says."""
    played = []

    def run(answer):
        played.append(Played(answer))
        return played[-1]

    yield run
    for one in played:
        one.close()


@pytest.fixture
def rules():
    return RULES


class Generator:
    """All four. Each can be started again where it was."""

    def __init__(self, start, front_settings):
        self._start = start
        self._front_settings = front_settings
        self.integer = start("integer")
        self.number = start("number")
        self.combine = start("combine", RULES_FILE=RULES)
        self.front = self.start_front()

    def start_front(self, **settings):
        urls = {"INTEGER_URL": self.integer.url, "NUMBER_URL": self.number.url,
                "COMBINE_URL": self.combine.url}
        return self._start("front", **{**urls, **self._front_settings, **settings})

    def start_again(self, name):
        settings = {"RULES_FILE": RULES} if name == "combine" else {}
        setattr(self, name, self._start(name, PORT=getattr(self, name).port, **settings))


@pytest.fixture
def generator(start):
    """generator(SETTING=value...): all four services, the settings being those of front."""
    return lambda **settings: Generator(start, settings)

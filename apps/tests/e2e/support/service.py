# SPDX-License-Identifier: Apache-2.0
"""A service as a process, its log, and requests to it."""

import http.client
import json
import os
import re
import signal
import subprocess
import threading

from support.tools import DEADLINE_S, until

# What coverage and the sanitizers are told by the environment gets through; nothing else does.
KEPT = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "GCOV_PREFIX", "GCOV_PREFIX_STRIP")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


class Service:
    def __init__(self, program, folder, environment, arguments=(), **popen):
        self.port = None
        self.lines = []
        self.rubbish = []
        self.process = subprocess.Popen(
            [program, *arguments], cwd=folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env={name: os.environ[name] for name in KEPT if name in os.environ}
            | {"PORT": "0"} | environment,
            **popen)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.rubbish.append(line)

    def messages(self):
        return [line["message"] for line in self.lines]

    def wait_message(self, pattern):
        def find():
            for message in self.messages():
                found = re.search(pattern, message)
                if found:
                    return found
            assert self.process.poll() is None, f"it ended: {self.messages()}"
            return None

        return until(find, f'the log to say "{pattern}"')

    def wait_listening(self):
        self.port = int(self.wait_message(r"listening on \S+ port (\d+)").group(1))
        return self

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)

    def request(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path):
        return self.request("GET", path)

    def put(self, name, date):
        return self.request("PUT", f"/hello/{name}", json.dumps({"dateOfBirth": date}))

    def days(self, name):
        """Days until the birthday, by the service; 0 for today."""
        answer = self.get(f"/hello/{name}")
        assert answer.status == 200, answer.body
        message = answer.json["message"]
        found = re.fullmatch(r"Hello, [^!]+! Your birthday is in (\d+) day\(s\)", message)
        assert found or message.endswith("! Happy birthday!"), message
        return int(found.group(1)) if found else 0

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        status = self.process.wait(DEADLINE_S)
        self.reader.join(DEADLINE_S)
        return status

    def stop(self):
        self.terminate()
        return self.wait()

    def kill(self):
        """In the end. A service still running is asked first: it writes what it covered. Twice,
        as it waits for requests in flight otherwise."""
        if self.process.poll() is None:
            self.terminate()
            try:
                self.process.wait(0.3 if self.port else 10)
            except subprocess.TimeoutExpired:
                self.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(DEADLINE_S)
        self.process.stdout.close()
        assert self.rubbish == [], "lines of the log that are not JSON"


def run_to_the_end(program, folder, environment):
    """For services that should not start: the exit status, and the messages of the log."""
    done = subprocess.run(
        [program], cwd=folder, capture_output=True, check=False, timeout=DEADLINE_S,
        env={name: os.environ[name] for name in KEPT if name in os.environ} | environment)
    return done.returncode, [json.loads(line)["message"] for line in done.stdout.splitlines()]

# SPDX-License-Identifier: Apache-2.0
"""Builds the workload and the load generator, which the benchmarks have, and runs the latter."""

import json
import subprocess

from support.binary import REPOSITORY

PATIENCE_SECONDS = 30
LOAD_SOURCES = [
    REPOSITORY / "bench" / "edge" / f"{name}.c"
    for name in (
        "load load_http load_list load_request load_stream load_transport load_websocket latency common"
    ).split()
]


class Tools:
    """Programs in a folder."""

    def __init__(self, folder):
        self.app = folder / "app"
        self.load = folder / "load"
        compile_c(self.app, [REPOSITORY / "bench" / "deploy" / "app.c"], "-static")
        compile_c(self.load, LOAD_SOURCES, "-lssl", "-lcrypto")


def compile_c(program, sources, *flags):
    command = ["cc", "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-o", program, *sources, *flags]
    subprocess.run([str(word) for word in command], check=True)


class Generator:
    def __init__(self, tools, space, kind, address, *options):
        self.result = None
        self.process = subprocess.Popen(
            [*space.prefix, str(tools.load), kind, "--address", address, "--seconds", "120", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def line(self):
        line = self.process.stdout.readline()
        assert line, "the load generator ended: " + self.process.stderr.read()
        return json.loads(line)

    def end(self):
        if self.result is None:
            self.process.stdin.close()
            self.result = self.line()
            self.process.wait(PATIENCE_SECONDS)
        return self.result

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.end()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.stderr.close()


class Load(Generator):
    """Requests at a steady rate, whatever happens; answers have to be 200 and of two bytes."""

    def __init__(self, tools, space, port, rate=300, path="/", host="127.0.0.1"):
        super().__init__(
            tools,
            space,
            "http",
            f"{host}:{port}",
            *("--path", path, "--length", "2", "--rate", str(rate), "--connections", "32"),
            "--until-end",
        )

    @property
    def failed(self):
        return self.end()["failed"]

    @property
    def requests(self):
        return self.end()["requests"]

    def was_not_disturbed(self):
        result = self.end()
        assert result["failed"] == 0, result
        assert result["requests"] > 0, result


class Sockets(Generator):
    """WebSockets that are held; each sends something all the time and wants it back."""

    def __init__(self, tools, space, port, count=10):
        self.count = count
        super().__init__(
            tools,
            space,
            "websocket",
            f"127.0.0.1:{port}",
            *("--connections", str(count), "--each", "100"),
        )
        assert self.line()["open"] == count

    @property
    def lost(self):
        return self.end()["lost"]

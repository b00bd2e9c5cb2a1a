# SPDX-License-Identifier: Apache-2.0
"""A project in a folder of its own, and runs of slipway in it."""

import json
import os
import re
import resource
import signal
import subprocess
import textwrap
from dataclasses import dataclass

import yaml

from support.binary import has_address_sanitizer

TIMEOUT_SECONDS = 20
# What the design allows a load is 1 GiB; address space counts the libraries and stacks too.
MEMORY_BYTES = 1536 << 20
SANITIZERS = {
    "ASAN_OPTIONS": "exitcode=99:detect_leaks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "exitcode=99:halt_on_error=1:print_stacktrace=1",
}
if "ASAN_SYMBOLIZER_PATH" in os.environ:
    SANITIZERS["ASAN_SYMBOLIZER_PATH"] = os.environ["ASAN_SYMBOLIZER_PATH"]


def as_yaml(content):
    """By the library in C: the one in Python took a sixth of the time of a test run."""
    return yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False)


class StrictLoader(yaml.CSafeLoader):
    """Reads booleans and numbers as YAML 1.2 has them, so that what is printed is judged by it."""


StrictLoader.yaml_implicit_resolvers = {}
StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf")
)
StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""]
)
StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^-?[0-9]+$"), list("-0123456789")
)
StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^-?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?$"),
    list("-0123456789"),
)


@dataclass
class Result:
    status: int
    output: str
    errors: str
    peak_kib: int = 0

    @property
    def json(self):
        return json.loads(self.output)

    @property
    def yaml(self):
        return yaml.load(self.output, Loader=StrictLoader)

    @property
    def lines(self):
        return self.output.splitlines()

    @property
    def diagnostics(self):
        """What --json prints on standard error."""
        return json.loads(self.errors)


class Project:
    def __init__(self, slipway, folder):
        self.slipway = slipway
        self.folder = folder
        self.home = folder.parent / "home"
        self.memory = None

    # Files

    def path(self, name):
        return str(self.folder / name)

    def write(self, name, content=""):
        """Text loses its common indentation; anything but text and bytes becomes YAML."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(textwrap.dedent(content), encoding="utf-8")
        else:
            path.write_text(as_yaml(content), encoding="utf-8")
        return path

    def compose(self, content, name="compose.yaml"):
        return self.write(name, content)

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    # Processes

    def environment(self, extra):
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
        }
        if has_address_sanitizer():
            environment.update(SANITIZERS)
        environment.update({name: str(value) for name, value in extra.items() if value is not None})
        for name, value in extra.items():
            if value is None:
                environment.pop(name, None)
        return environment

    def run(
        self,
        *arguments,
        env=None,
        stdin=b"",
        cwd=None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=TIMEOUT_SECONDS,
        memory=None,
        prepare=None,
    ):
        """Runs it to its end. A signal, a sanitizer's finding or too much time fail the test."""
        if isinstance(stdin, str):
            stdin = stdin.encode()
        memory = memory or self.memory

        def limit():
            if memory and not has_address_sanitizer():
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if prepare:
                prepare()

        process = subprocess.Popen(
            [str(self.slipway), *map(str, arguments)],
            cwd=str(cwd or self.folder),
            env=self.environment(env or {}),
            stdin=stdin if isinstance(stdin, int) else subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=limit if memory or prepare else None,
            start_new_session=True,
        )
        try:
            output, errors = process.communicate(
                None if isinstance(stdin, int) else stdin, timeout=timeout
            )
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AssertionError(f"slipway {' '.join(map(str, arguments))}: still running")
        result = Result(
            process.returncode,
            (output or b"").decode("utf-8", "replace"),
            (errors or b"").decode("utf-8", "replace"),
        )
        assert result.status >= 0, f"ended by signal {-result.status}\n{result.errors[-4000:]}"
        assert "Sanitizer" not in result.errors, result.errors[-8000:]
        assert "runtime error:" not in result.errors, result.errors[-8000:]
        assert result.status in (0, 1, 2), f"status {result.status}\n{result.errors[-4000:]}"
        return result

    # What most tests ask

    def passes(self, *arguments, **options):
        result = self.run(*arguments, **options)
        assert result.status == 0, result.errors
        return result

    def config(self, *arguments, before=(), **options):
        """The canonical form as data; nothing is wrong with the project."""
        return self.passes(*before, "config", "--format", "json", *arguments, **options).json

    def service(self, name="web", *arguments, **options):
        return self.config(*arguments, **options)["services"][name]

    def refuses(self, *arguments, before=(), **options):
        """What is printed on standard error where the project is refused."""
        result = self.run(*before, "config", *arguments, **options)
        assert result.status == 1, result.output + result.errors
        assert result.output == ""
        assert result.errors != ""
        return result.errors

    def mistakes(self, *arguments, before=(), **options):
        """The errors as data."""
        result = self.run("--json", *before, "config", *arguments, **options)
        assert result.status == 1, result.output + result.errors
        assert result.output == ""
        return result.diagnostics["errors"]

    def mistake(self, *arguments, **options):
        """The one error there is."""
        mistakes = self.mistakes(*arguments, **options)
        assert len(mistakes) == 1, mistakes
        return mistakes[0]

    def warnings(self, *arguments, **options):
        result = self.passes("--json", "config", "-q", *arguments, **options)
        return result.diagnostics["warnings"] if result.errors else []

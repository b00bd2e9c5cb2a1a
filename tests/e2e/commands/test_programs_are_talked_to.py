# SPDX-License-Identifier: Apache-2.0
"""exec and run: frames, statuses, the terminal."""

import signal
import struct
import subprocess
import termios
import threading

import pytest
from played_daemon import ERRORS, EXIT, FAILED, INPUT, OUTPUT, SIZE, exit_frame, frame, read_frame
from played_events import instance

EXEC = "POST /v1/projects/shop/instances/abc1/exec"


@pytest.fixture
def api(shell):
    shell.instances(instance("shop-api-1", "abc1"))
    return shell


def echo(request, connection):
    """Gives back what it gets, and ends with 42 at the end of the input."""
    while True:
        kind, data = read_frame(connection)
        if kind == INPUT and not data:
            break
        if kind == INPUT:
            connection.sendall(frame(OUTPUT, data) + frame(ERRORS, b"e"))
    connection.sendall(exit_frame(42))


def test_input_output_errors_and_status_are_handed_on(api):
    api.daemon.answer(EXEC, talk=echo)
    done = api.run("exec", "-T", "api", "cat", input="hello\n" * 100000)
    assert done.returncode == 42
    assert done.stdout == "hello\n" * 100000
    assert set(done.stderr) == {"e"}


def test_what_follows_the_service_is_the_programs(api):
    api.daemon.answer(EXEC, talk=lambda request, connection: connection.sendall(exit_frame(0)))
    done = api.run("exec", "-e", "A=1", "-eB=2", "-u", "me", "-w", "/x", "api", "ls", "-l", "--help")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    body = api.daemon.asked(EXEC)[-1].json
    assert body["command"] == ["ls", "-l", "--help"]
    assert body["environment"] == ["A=1", "B=2"]
    assert (body["user"], body["working_directory"], body["terminal"]) == ("me", "/x", False)
    api.run("exec", "api", "--", "ls", "--", "x")
    assert api.daemon.asked(EXEC)[-1].json["command"] == ["ls", "--", "x"]


@pytest.mark.parametrize(
    "text, status", [(b"sh: not found", 127), (b"exec: permission denied", 126)]
)
def test_a_program_that_cannot_be_run_has_a_status_of_its_own(api, text, status):
    api.daemon.answer(EXEC, talk=lambda r, connection: connection.sendall(frame(FAILED, text)))
    done = api.run("exec", "api", "sh")
    assert (done.returncode, done.stderr) == (status, f"slipway: {text.decode()}\n")


def test_what_fails_before_is_125(api):
    api.daemon.refuse(EXEC, "it does not run")
    done = api.run("exec", "api", "sh")
    assert (done.returncode, done.stderr) == (125, "slipway: it does not run\n")
    assert api.run("exec", "db", "sh").returncode == 125
    assert api.run("exec", "nope", "sh").returncode == 125


def test_a_connection_that_breaks_is_told(api):
    api.daemon.answer(EXEC, talk=lambda r, connection: connection.sendall(frame(OUTPUT, b"x")))
    done = api.run("exec", "api", "sh")
    assert (done.returncode, done.stdout) == (125, "x")
    assert "the daemon went away" in done.stderr


def on_terminal(shell, window, *arguments):
    shell.environment["TERM"] = "xterm"
    return shell.start(
        *arguments, stdin=window.follower, stdout=window.follower, stderr=subprocess.PIPE
    )


def test_the_terminal_is_the_programs_and_given_back(api, window):
    seen = []
    resized = threading.Event()

    def talk(request, connection):
        connection.sendall(frame(OUTPUT, b"ready"))
        while True:
            kind, data = read_frame(connection)
            seen.append((kind, data))
            if kind == SIZE:
                resized.set()
            if data == b"\x03":  # a key like any other
                break
        connection.sendall(exit_frame(7))

    api.daemon.answer(EXEC, talk=talk)
    before = window.settings()
    window.resize(33, 101)
    process = on_terminal(api, window, "exec", "-it", "api", "sh")
    window.read_until(b"ready")
    assert window.settings() != before
    assert window.settings()[3] & (termios.ISIG | termios.ECHO | termios.ICANON) == 0
    body = api.daemon.asked(EXEC)[-1].json
    assert (body["terminal"], body["rows"], body["columns"]) == (True, 33, 101)
    window.resize(40, 120)
    process.send_signal(signal.SIGWINCH)
    assert resized.wait(20)
    assert (SIZE, struct.pack(">HH", 40, 120)) in seen
    window.type(b"\x03")
    assert process.wait(20) == 7
    assert window.settings() == before
    process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV])
def test_signals_give_the_terminal_back(api, window, number):
    def talk(request, connection):
        connection.sendall(frame(OUTPUT, b"ready"))
        read_frame(connection)

    api.daemon.answer(EXEC, talk=talk)
    before = window.settings()
    process = on_terminal(api, window, "exec", "api", "sh")
    window.read_until(b"ready")
    process.send_signal(number)
    assert process.wait(20) != 0
    assert window.settings() == before
    process.stderr.close()


def test_two_keys_leave_it_alone(api, window):
    seen = []
    ended = threading.Event()

    def talk(request, connection):
        connection.sendall(frame(OUTPUT, b"ready"))
        while (got := read_frame(connection)) is not None:
            seen.append(got)
        ended.set()

    api.daemon.answer(EXEC, talk=talk)
    process = on_terminal(api, window, "exec", "-it", "api", "sh")
    window.read_until(b"ready")
    window.type(b"a\x10b\x10\x11")
    assert process.wait(20) == 0
    assert ended.wait(20)
    assert b"".join(data for kind, data in seen if kind == INPUT) == b"a\x10b"
    process.stderr.close()


def test_run_makes_one_and_attaches_to_it(api):
    api.daemon.answer("POST /v1/projects/shop/run", {"id": "r1", "name": "shop-api-run-1"}, 201)
    api.daemon.answer("POST /v1/projects/shop/instances/r1/attach", talk=echo)
    done = api.run("run", "--rm", "-v", "./data:/data", "api", "./migrate", "--all", input="x")
    assert (done.returncode, done.stdout) == (42, "x")
    body = api.daemon.asked("POST /v1/projects/shop/run")[-1].json
    assert (body["service"], body["command"]) == ("api", ["./migrate", "--all"])
    assert body["remove"] is True
    assert body["volumes"] == [f"{api.folder}/data:/data"]
    # Nothing serves yet, so the files say what the service is.
    assert body["spec"]["services"]["api"]["image"] == "api"
    api.daemon.answer(
        "GET /v1/projects/shop/revisions", {"revisions": [{"number": 1, "serving": True}]}
    )
    api.run("run", "api", input="")
    assert "spec" not in api.daemon.asked("POST /v1/projects/shop/run")[-1].json


def test_run_of_an_image_as_people_type_it(api):
    api.daemon.answer("POST /v1/projects/shop/run", {"id": "r2", "name": "web"}, 201)
    done = api.run("run", "-d", "--name", "web", "-p", "8080:80", "--net", "front", "nginx")
    assert (done.returncode, done.stdout) == (0, "r2\n")
    body = api.daemon.asked("POST /v1/projects/shop/run")[-1].json
    assert (body["image"], body["name"], body["ports"]) == ("nginx", "web", ["8080:80"])
    assert (body["network"], body["detach"]) == ("front", True)


def test_signals_without_a_terminal_go_to_what_runs(api):
    killed = threading.Event()

    def attach(request, connection):
        connection.sendall(frame(OUTPUT, b"ready\n"))
        killed.wait(20)
        connection.sendall(exit_frame(143))

    def kill(request):
        killed.set()
        return []

    api.daemon.answer("POST /v1/projects/shop/run", {"id": "r3", "name": "x"}, 201)
    api.daemon.answer("POST /v1/projects/shop/instances/r3/attach", talk=attach)
    api.daemon.answer("POST /v1/projects/shop/instances/r3/kill", stream=kill)
    process = api.start("run", "-T", "api", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143
    assert api.daemon.asked("POST /v1/projects/shop/instances/r3/kill")[0].json == {"signal": "SIGTERM"}
    process.stdout.close()


def test_no_frame_does_harm(api):
    for data in (b"\xff" * 8, frame(9, b"x") + exit_frame(0), frame(EXIT, b"12345"), b"\1\0\0\0\xff\xff\xff\xff"):
        api.daemon.answer(EXEC, talk=lambda r, connection, data=data: connection.sendall(data))
        assert api.run("exec", "api", "sh").returncode in (0, 125)

# SPDX-License-Identifier: Apache-2.0
"""Nothing of it waits for a deadline, which is five minutes here."""

import http.server
import json
import os
import re
import signal
import socketserver
import threading

from support.stack import Stack, wait_until

# It never listens where it is told to.
WRONG_PORT = {"START_MS": "600000"}


def deploys(stack, query=""):
    return stack.api(f"/v1/projects/{stack.name}/deploys{query}")["deploys"]


def cancel(stack, number, author=None):
    return stack.api(
        f"/v1/projects/{stack.name}/deploys/{number}/cancel", "POST", {"author": author} if author else {}
    )


def begin_what_never_listens(stack):
    stack.web("v2", environment=WRONG_PORT)
    command = stack.start("up", "-d")
    command.said(r"wait until web is healthy \.\.\. shop-web-\d: nothing listens on 127\.0\.0\.1:\d+")
    return command


def test_the_old_one_serves_on_and_what_waits_begins(stack):
    stack.web("v1")
    stack.up()
    ids, programs = stack.ids(), stack.programs()
    with stack.load() as load:
        first = begin_what_never_listens(stack)
        number = deploys(stack)[0]["deploy"]
        stack.web("v3")
        second = stack.start("up", "-d")
        second.said(rf"waiting for the up of .*; 'slipway cancel {number}' ends that one")
        output = stack.passes("cancel")
        assert f"deploy {number} is cancelled" in output, output
        said = first.ends(1)
        second.ends(0)
        load.was_not_disturbed()
    assert re.search(r"nothing listens on .*; it was cancelled by \S+@", said), said
    assert "Revision 1 serves on." in said, said
    stack.serves("v3")
    assert not set(programs) & set(stack.programs()) and not set(ids) & set(stack.ids())
    ended = stack.api(f"/v1/deploys/{number}")
    assert ended["state"] == "failed" and "@" in ended["cancelled_by"], ended
    assert deploys(stack)[0]["state"] == "done" and deploys(stack)[0]["cancelled_by"] == ""


def test_one_that_waits_never_begins(stack):
    stack.web("v1")
    stack.up()
    first = begin_what_never_listens(stack)
    stack.web("v3")
    second = stack.start("up", "-d")
    second.said("waiting for the up")
    number = deploys(stack)[0]["deploy"]
    output = stack.passes("cancel", number)
    assert re.search(rf"deploy {number} has ended: it was cancelled by", output), output
    assert re.search(r"it was cancelled by \S+@", second.ends(1)), second.text
    assert first.is_running()
    assert cancel(stack, number)["state"] == "failed"  # once more is as the first time
    states = {one["number"]: one["state"] for one in stack.api("/v1/projects/shop/revisions")["revisions"]}
    assert states == {1: "deployed", 2: "new", 3: "failed"}
    stack.passes("cancel")
    first.ends(1)
    assert "no deploy of shop is under way" in stack.fails("cancel")
    kinds = [event["type"] for event in stack.json("events", "--no-follow") if event.get("deploy") == number]
    assert kinds == ["waiting", "result"]
    stack.serves("v1")


def test_what_has_ended_or_is_unknown_is_refused(stack):
    stack.web("v1")
    stack.up()
    number = deploys(stack)[0]["deploy"]
    assert "is done" in stack.fails("cancel", number)
    assert "there is no deploy 77" in stack.fails("cancel", 77)
    assert "is no number of a deploy" in stack.fails("cancel", "x", status=2)
    assert "error" in stack.api(f"/v1/projects/other/deploys/{number}/cancel", "POST", {})
    stack.web("v2", environment={"EXIT": "3"})
    stack.fails("up", "-d")
    assert "has failed already" in stack.fails("cancel", deploys(stack)[0]["deploy"])


def test_it_holds_when_control_is_killed(stack):
    stack.web("v1")
    stack.up()
    ids = stack.ids()
    with stack.load() as load:
        first = begin_what_never_listens(stack)
        number = deploys(stack)[0]["deploy"]
        assert cancel(stack, number, "anna@build1")["cancelled_by"] == "anna@build1"
        stack.kill_control()
        assert "it was cancelled by anna@build1" in first.ends(1)
        load.was_not_disturbed()
    assert stack.api(f"/v1/deploys/{number}")["cancelled_by"] == "anna@build1"
    assert stack.ids() == ids
    stack.serves("v1")


def test_a_bake_is_cancelled_and_what_goes_is_not(stack):
    stack.web("v1")
    stack.up()
    with stack.load() as load:
        stack.web("v2", deploy={"bake": "5m"})
        update = stack.start("up", "-d")
        wait_until(lambda: stack.answers() == {(200, "v2")}, "the new version", lambda: update.text)
        wait_until(lambda: deploys(stack)[0]["state"] == "switched", "the bake")
        stack.passes("cancel")
        update.ends(1)
        load.was_not_disturbed()
    stack.serves("v1")
    assert stack.serving() == 1


def test_who_stops_following_is_told_how_to_end_it(stack):
    stack.web("v1")
    stack.up()
    first = begin_what_never_listens(stack)
    number = deploys(stack)[0]["deploy"]
    os.kill(first.process.pid, signal.SIGINT)
    assert f"'slipway cancel {number}' ends and undoes it" in first.ends(130)
    ended = stack.json("cancel")
    assert ended["deploy"] == number and ended["state"] == "failed" and ended["cancelled_by"]


class SlowEngine(socketserver.ThreadingUnixStreamServer):
    """An engine whose registry never answers."""

    daemon_threads = True

    def __init__(self, path):
        self.pulls = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)
        super().__init__(str(path), EngineAnswers)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class EngineAnswers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.44")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if "/version" in self.path:
            self.answer(200, {"ApiVersion": "1.44", "Version": "25.0", "Os": "linux"})
        elif "/events" in self.path or "/images/" in self.path:
            self.answer(404, {"message": "there is none"})
        else:
            self.answer(200, [])

    do_HEAD = do_GET

    def do_POST(self):
        self.server.pulls.release()
        while self.connection.recv(4096):
            pass
        self.server.ended.release()
        self.close_connection = True

    def log_message(self, *words):
        pass


def test_a_pull_is_not_waited_for(slipway, tools, space):
    stack = Stack(slipway, tools, space)
    engine = SlowEngine(stack.folder / "engine.sock")
    stack.environment["DOCKER_HOST"] = f"unix://{stack.folder}/engine.sock"
    try:
        stack.serve()
        stack.write(stack.project({"web": {"image": "registry.example.com/web:1", "expose": ["8000"]}}))
        command = stack.start("up", "-d")
        assert engine.pulls.acquire(timeout=30), command.text
        stack.passes("cancel")
        assert re.search(r"get web: it was cancelled by \S+@", command.ends(1)), command.text
        assert engine.ended.acquire(timeout=30)
        assert stack.running() == []
    finally:
        stack.close()
        engine.shutdown()
        engine.server_close()

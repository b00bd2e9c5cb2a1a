# SPDX-License-Identifier: Apache-2.0
"""SIGTERM: what is in flight is finished."""

import concurrent.futures
import json
import signal
import threading

import pytest


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", ["integer", "number", "combine", "front"])
def test_it_ends_at_once_when_nothing_is_in_flight(generator, name, number):
    service = getattr(generator(), name)
    service.process.send_signal(number)
    assert service.wait() == 0
    assert service.messages()[-1] == "stopped"


def test_a_draw_in_flight_is_finished(generator, play):
    is_asked = threading.Event()
    may_answer = threading.Event()

    def answer(*_):
        is_asked.set()
        may_answer.wait(20)
        return 200, '{"value": 0.5}'

    front = generator(NUMBER_URL=play(answer).url, TIMEOUT_MS=20_000).front
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        draw = pool.submit(front.ask, "POST", "/api/draw")
        assert is_asked.wait(20)
        front.terminate()
        front.wait_for("stopping: 1 requests are in flight")
        may_answer.set()
        assert draw.result().status == 201
    assert front.wait() == 0


def test_every_line_of_the_log_is_json_and_names_the_service(generator):
    services = generator()
    assert services.front.ask("POST", "/api/draw").status == 201
    for name in ("integer", "number", "combine", "front"):
        service = getattr(services, name)
        assert service.stop() == 0
        assert {line["service"] for line in service.lines} == {name}
        assert all(line["time"] and line["level"] for line in service.lines)
        assert any(line.get("status") in (200, 201) for line in service.lines), json.dumps(
            service.lines)

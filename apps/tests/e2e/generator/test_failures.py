# SPDX-License-Identifier: Apache-2.0
"""front, when the services that it asks are down, slow, or answer what makes no sense."""

import socket
import threading

import pytest

NAMES = ["integer", "number", "combine"]


def assert_failed(front, status, reason):
    """By the page and as JSON; the history is there all the same."""
    page = front.ask("POST", "/draw")
    assert page.status == status
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<h1>No draw this time</h1>" in page.text
    assert "<button>Try again</button>" in page.text
    assert reason.replace('"', "&quot;") in page.text
    answer = front.ask("POST", "/api/draw")
    assert answer.status == status
    assert reason in answer.json["error"]
    assert front.ask("GET", "/").status == 200


@pytest.mark.parametrize("name", NAMES)
def test_a_service_is_killed_and_comes_back(generator, name):
    services = generator()
    front = services.front
    assert front.ask("POST", "/api/draw").status == 201
    getattr(services, name).process.kill()
    getattr(services, name).wait()
    assert_failed(front, 503, f'the service "{name}" does not answer')
    services.start_again(name)
    assert front.ask("POST", "/api/draw").status == 201
    assert len(front.ask("GET", "/api/history").json["draws"]) == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_service_that_hangs_is_not_waited_for(generator, name):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        front = generator(TIMEOUT_MS=100, **{f"{name.upper()}_URL": url}).front
        assert_failed(front, 503, f'the service "{name}" does not answer')


NONSENSE = {
    "an error": (500, '{"value": 1}'),
    "not found": (404, '{"value": 1}'),
    "another page": (301, ""),
    "empty": (200, ""),
    "no JSON": (200, "<html>"),
    "a list": (200, "[1]"),
    "nothing in it": (200, "{}"),
    "a string": (200, '{"value": "1"}'),
    "null": (200, '{"value": null}'),
    "NaN": (200, '{"value": NaN}'),
    "too large a number": (200, '{"value": 1e999}'),
    "twice": (200, '{"value": 1, "value": 2}'),
    "deep": (200, '{"value": ' + "[" * 20000 + "]" * 20000 + "}"),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_an_answer_that_makes_no_sense(generator, play, case):
    front = generator(INTEGER_URL=play(lambda *_: NONSENSE[case]).url).front
    assert_failed(front, 502, 'the service "integer"')


@pytest.mark.parametrize("case", NONSENSE)
def test_a_result_that_makes_no_sense(generator, play, case):
    front = generator(COMBINE_URL=play(lambda *_: NONSENSE[case]).url).front
    assert_failed(front, 502, 'the service "combine"')


def test_an_answer_that_is_too_large(generator, play):
    large = '{"value": 1' + " " * 100_000 + "}"
    front = generator(NUMBER_URL=play(lambda *_: (200, large)).url).front
    assert_failed(front, 503, 'the service "number" does not answer: the answer is too large')


def test_both_values_are_fetched_at_the_same_time(generator, play):
    both = threading.Barrier(2)

    def answer(*_):
        both.wait(10)  # broken, and 500, when the other one does not come
        return 200, '{"value": 6}'

    front = generator(INTEGER_URL=play(answer).url, NUMBER_URL=play(answer).url,
                      TIMEOUT_MS=20_000).front
    assert front.ask("POST", "/api/draw").json["product"] == 36


def test_a_value_is_tried_once_more(generator, play):
    asked = []

    def answer(*_):
        asked.append(1)
        return (500, "") if len(asked) % 2 == 1 else (200, '{"value": 7}')

    front = generator(INTEGER_URL=play(answer).url).front
    assert front.ask("POST", "/api/draw").json["integer"] == 7
    assert len(asked) == 2


def test_a_value_is_not_tried_a_third_time_and_combine_not_a_second(generator, play):
    asked = {"integer": 0, "combine": 0}

    def failing(name):
        def answer(*_):
            asked[name] += 1
            return 500, ""

        return play(answer).url

    services = generator(INTEGER_URL=failing("integer"))
    assert services.front.ask("POST", "/api/draw").status == 502
    assert asked["integer"] == 2
    front = services.start_front(INTEGER_URL=services.integer.url, COMBINE_URL=failing("combine"))
    assert front.ask("POST", "/api/draw").status == 502
    assert asked["combine"] == 1


def test_draws_that_hang_hold_nothing_else_up(generator, play):
    arrived, may_go_on = threading.Semaphore(0), threading.Event()

    def answer(*_):
        arrived.release()
        may_go_on.wait(20)
        return 200, '{"value": 6}'

    front = generator(INTEGER_URL=play(answer).url, TIMEOUT_MS=20_000, THREADS=5).front
    statuses = []

    def draw():
        statuses.append(front.ask("POST", "/api/draw").status)

    draws = [threading.Thread(target=draw) for _ in range(3)]
    try:
        for one in draws:
            one.start()
            assert arrived.acquire(timeout=20)
        for path in ("/api/draw", "/draw"):
            refused = front.ask("POST", path)
            assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
            assert "busy" in refused.text
        assert front.ask("GET", "/healthz").status == 200
        assert front.ask("GET", "/").status == 200
        assert statuses == []
    finally:
        may_go_on.set()
        for one in draws:
            one.join()
    assert statuses == [201] * 3
    assert front.ask("POST", "/api/draw").status == 201


def test_what_others_say_is_shown_as_text(generator, play):
    hostile = '{"product": 1, "outcome": "<script>1</script>", "rule": "<b>"}'
    front = generator(COMBINE_URL=play(lambda *_: (200, hostile)).url).front
    assert front.ask("POST", "/api/draw").json["rule"] == "<b>"
    text = front.ask("GET", "/").text
    assert "<script" not in text and "<b>" not in text
    assert "&lt;script&gt;1&lt;/script&gt;" in text

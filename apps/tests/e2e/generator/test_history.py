# SPDX-License-Identifier: Apache-2.0
"""The history outlives front, and several fronts share it."""

import concurrent.futures

import pytest

from support.tools import until


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    if request.param == "sqlite":
        return {"DATABASE_PATH": tmp_path / "history.db"}
    return {"DATABASE_URL": request.getfixturevalue("postgres").url}


def history_of(front):
    answer = front.ask("GET", "/api/history")
    assert answer.status == 200
    return answer.json["draws"]


def test_it_survives_a_restart(generator, place):
    services = generator(**place)
    drawn = [services.front.ask("POST", "/api/draw").json for _ in range(3)]
    assert history_of(services.front) == drawn[::-1]
    assert services.front.stop() == 0
    front = services.start_front()
    assert history_of(front) == drawn[::-1]
    assert front.ask("POST", "/api/draw").json["id"] > drawn[-1]["id"]


def test_tiny_numbers_survive_it(generator, play, place):
    front = generator(INTEGER_URL=play(lambda *_: (200, '{"value": 42}')).url,
                      NUMBER_URL=play(lambda *_: (200, '{"value": 5.3e-05}')).url, **place).front
    assert front.ask("POST", "/api/draw").status == 201
    assert '"number": 5.3e-05, "product": 0.002226,' in front.ask("GET", "/api/history").text


@pytest.mark.parametrize("number", ["5e-324", "0.30000000000000004", "1.7976931348623157e+308"])
def test_all_digits_survive_it(generator, play, place, number):
    front = generator(INTEGER_URL=play(lambda *_: (200, '{"value": 1}')).url,
                      NUMBER_URL=play(lambda *_: (200, '{"value": %s}' % number)).url, **place).front
    assert front.ask("POST", "/api/draw").status == 201
    assert f'"number": {number}, "product": {number},' in front.ask("GET", "/api/history").text


def test_only_the_newest_are_shown_and_kept(generator, place):
    services = generator(HISTORY_SHOWN=3, HISTORY_KEPT=5, **place)
    ids = [services.front.ask("POST", "/api/draw").json["id"] for _ in range(8)]
    assert [draw["id"] for draw in history_of(services.front)] == ids[:-4:-1]
    front = services.start_front(HISTORY_SHOWN=100)
    assert [draw["id"] for draw in history_of(front)] == ids[:-6:-1]


def test_many_at_once_through_two_fronts(generator, place):
    services = generator(HISTORY_SHOWN=1000, **place)
    fronts = [services.front, services.start_front()]

    def draw(number):
        answer = fronts[number % 2].ask("POST", "/api/draw")
        assert answer.status == 201, answer.text
        return answer.json

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(draw, range(80)))
    drawn.sort(key=lambda one: -one["id"])
    assert len({one["id"] for one in drawn}) == 80
    assert history_of(fronts[0]) == history_of(fronts[1]) == drawn


def test_the_database_goes_away_and_comes_back(generator, postgres):
    front = generator(DATABASE_URL=postgres.url).front
    assert front.ask("POST", "/api/draw").status == 201
    postgres.stop()
    for method, path in (("GET", "/"), ("POST", "/draw"), ("GET", "/draws/1")):
        answer = front.ask(method, path)
        assert answer.status == 503
        assert "the database does not answer" in answer.text.lower()
        assert answer.headers["Content-Type"].startswith("text/html")
    assert front.ask("GET", "/api/history").json == {"error": "the database does not answer"}
    assert front.ask("GET", "/healthz").status == 200
    postgres.start()
    until(lambda: front.ask("GET", "/").status == 200, "front to find the database again")
    assert len(history_of(front)) == 1


def test_postgresql_knows_whose_connection_it_is(generator, postgres):
    front = generator(DATABASE_URL=postgres.url).front
    assert history_of(front) == []
    assert postgres.query("SELECT count(*) > 0 FROM pg_stat_activity "
                          "WHERE application_name = 'generator'") == "t"

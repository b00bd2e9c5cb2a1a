# SPDX-License-Identifier: Apache-2.0
"""Redis in front of the database: faster while it is there, no matter when it is not."""

import signal
import sqlite3
import threading
import time

import pytest

from support.tools import until

OLD, NEW = "1990-01-01", "1990-01-02"


@pytest.fixture
def database(tmp_path):
    """Changes the database behind the service's back."""

    def run(sql, *parameters):
        with sqlite3.connect(tmp_path / "birthday.sqlite3", timeout=30) as connection:
            connection.execute(sql, parameters)

    return run


def cached(redis, name="anna"):
    return redis.command("GET", f"birthday:{name}")


def test_a_hit_skips_the_database(birthday, redis, database):
    service = birthday(REDIS_URL=redis.url)
    service.put("Anna", OLD)
    before = service.days("Anna")
    assert cached(redis) == OLD
    assert 0 < int(redis.command("TTL", "birthday:anna")) <= 30
    database("DELETE FROM users")
    assert service.days("ANNA") in {before, before - 1}
    redis.command("DEL", "birthday:anna")
    assert service.get("/hello/Anna").status == 404


def test_a_put_invalidates_for_every_replica(birthday, redis):
    one, two = birthday(REDIS_URL=redis.url), birthday(REDIS_URL=redis.url)
    one.put("Anna", OLD)
    before = two.days("Anna")
    assert cached(redis) == OLD
    assert one.put("Anna", NEW).status == 204
    assert cached(redis) != OLD
    assert two.days("Anna") != before
    assert cached(redis) == NEW


def test_unknown_names_are_not_kept(birthday, redis, database):
    service = birthday(REDIS_URL=redis.url)
    assert service.get("/hello/Anna").status == 404
    database("INSERT INTO users VALUES ('anna', ?)", OLD)
    assert service.get("/hello/Anna").status == 200


def test_rubbish_in_the_cache_is_not_served(birthday, redis):
    service = birthday(REDIS_URL=redis.url)
    service.put("Anna", OLD)
    expected = service.days("Anna")
    for rubbish in ("", "x", "1990-02-31", "x" * 5000):
        redis.command("SET", "birthday:anna", rubbish)
        assert service.days("Anna") in {expected, expected - 1}
    redis.command("DEL", "birthday:anna")
    redis.command("RPUSH", "birthday:anna", "x")
    assert service.days("Anna") in {expected, expected - 1}


def test_a_slow_reader_leaves_no_old_birthday_behind(birthday, redis, postgres):
    """It read the old one; before it puts that into the cache, a writer stores the new one."""
    writer = birthday(DATABASE_URL=postgres.url, REDIS_URL=redis.url)
    writer.put("Anna", OLD)
    slow = postgres.make_reads_wait()
    reader = birthday(DATABASE_URL=slow, REDIS_URL=redis.url)
    redis.command("DEL", "birthday:anna")
    seen = []
    reading = threading.Thread(target=lambda: seen.append(reader.days("Anna")), daemon=True)
    with postgres.held_up():
        reading.start()
        postgres.wait_held_up()
        assert writer.put("Anna", NEW).status == 204
        # The writer's mark in the cache is short-lived; that must make no difference.
        redis.command("DEL", "birthday:anna")
    reading.join(30)
    assert len(seen) == 1
    assert cached(redis) == ""
    new = writer.days("Anna")
    assert new != seen[0]
    assert (cached(redis), reader.days("Anna")) == (NEW, new)


def test_what_a_writer_answered_is_what_everybody_sees(birthday, redis):
    """While readers fill the cache all the time."""
    writer, reader = birthday(REDIS_URL=redis.url), birthday(REDIS_URL=redis.url)
    writer.put("Anna", OLD)
    old_days = writer.days("Anna")
    writer.put("Anna", NEW)
    new_days = writer.days("Anna")
    assert old_days != new_days
    done = threading.Event()

    def read():
        while not done.is_set():
            reader.days("Anna")

    readers = [threading.Thread(target=read, daemon=True) for _ in range(4)]
    for each in readers:
        each.start()
    try:
        for i in range(50):
            date, days = ((OLD, old_days), (NEW, new_days))[i % 2]
            assert writer.put("Anna", date).status == 204
            assert reader.days("Anna") in {days, days - 1}
            assert cached(redis) in {"", date}
    finally:
        done.set()
        for each in readers:
            each.join(30)


def slowest(service, count):
    longest = 0
    for _ in range(count):
        begin = time.monotonic()
        assert service.get("/hello/Anna").status == 200
        longest = max(longest, time.monotonic() - begin)
    return longest


def test_killed_and_back(birthday, redis):
    service = birthday(REDIS_URL=redis.url)
    service.put("Anna", OLD)
    assert service.days("Anna") >= 0
    redis.kill()
    slowest(service, 20)
    assert service.put("Anna", NEW).status == 204
    service.wait_message("without Redis")
    redis.start()

    def is_filled():
        assert service.get("/hello/Anna").status == 200
        return cached(redis) == NEW

    until(is_filled, "the cache to be used again")


def test_never_there(birthday):
    service = birthday(REDIS_URL="redis://127.0.0.1:1")
    assert service.put("Anna", OLD).status == 204
    slowest(service, 20)
    service.stop()
    # One line, not one for each request.
    assert len([each for each in service.messages() if "without Redis" in each]) == 1


def test_a_server_that_hangs(birthday, redis):
    service = birthday(REDIS_URL=redis.url)
    service.put("Anna", OLD)
    service.days("Anna")
    redis.process.send_signal(signal.SIGSTOP)
    try:
        slowest(service, 20)
        assert service.put("Anna", NEW).status == 204
    finally:
        redis.process.send_signal(signal.SIGCONT)
    until(lambda: service.get("/hello/Anna").status == 200 and cached(redis) == NEW,
          "the cache to be used again")


def test_a_password_and_a_database_number(birthday, redis):
    redis.command("CONFIG", "SET", "requirepass", "s@cret")
    good = birthday(REDIS_URL=f"redis://:s%40cret@127.0.0.1:{redis.port}/3")
    good.put("Anna", OLD)
    good.days("Anna")
    assert redis.command("-a", "s@cret", "--no-auth-warning", "-n", "3", "GET",
                         "birthday:anna") == OLD
    bad = birthday(REDIS_URL=f"redis://:wrong@127.0.0.1:{redis.port}")
    assert bad.get("/hello/Anna").status == 200
    bad.wait_message("WRONGPASS")
    bad.stop()
    assert not any("wrong@" in message for message in bad.messages())

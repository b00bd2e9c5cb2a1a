# SPDX-License-Identifier: Apache-2.0
"""Several replicas share a database, from their first start on."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor


def letters(number):
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def fill_and_check(replicas, count=40):
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(
            lambda i: replicas[i % len(replicas)].put("User" + letters(i), "1990-01-01").status,
            range(count)))
        assert statuses == [204] * count
        # Each sees what the others stored.
        statuses = list(pool.map(
            lambda i: replicas[(i + 1) % len(replicas)].get("/hello/USER" + letters(i)).status,
            range(count)))
        assert statuses == [200] * count


def errors(replicas):
    return [line["message"] for each in replicas for line in each.lines if line["level"] != "info"]


def test_they_start_at_once_on_a_new_file(start, tmp_path):
    replicas = [start("birthday/birthday") for _ in range(4)]
    for replica in replicas:
        replica.wait_listening()
    fill_and_check(replicas)
    assert errors(replicas) == []
    with sqlite3.connect(tmp_path / "birthday.sqlite3") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("SELECT birthday FROM users WHERE username = 'usera'").fetchone() == (
            "1990-01-01",)


def test_they_start_at_once_on_a_new_server(start, postgres):
    replicas = [start("birthday/birthday", DATABASE_URL=postgres.url) for _ in range(4)]
    for replica in replicas:
        replica.wait_listening()
    fill_and_check(replicas)
    assert errors(replicas) == []
    assert postgres.query("SELECT count(*), min(birthday) FROM base.users") == "40|1990-01-01"
    assert postgres.query("SELECT birthday FROM base.users WHERE username = 'usera'") == "1990-01-01"


def test_what_is_stored_survives(birthday):
    one = birthday()
    assert one.put("Anna", "1990-01-01").status == 204
    one.process.kill()
    one.process.wait()
    assert birthday().get("/hello/Anna").status == 200

# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL behind the service: what it sees, and what happens when it goes away."""

import pytest

from support.tools import until


def test_the_server_sees_who_is_there(birthday, postgres):
    service = birthday(DATABASE_URL=postgres.url)
    assert service.get("/healthz").status == 200
    assert postgres.query("SELECT DISTINCT application_name FROM pg_stat_activity"
                          " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                          ) == "birthday"


def test_the_table(birthday, postgres):
    service = birthday(DATABASE_URL=postgres.url)
    assert service.put("STRASSE", "2000-02-29").status == 204
    assert service.put("Stra%C3%9Fe", "2000-02-28").status == 204
    assert postgres.query("SELECT username, birthday FROM base.users") == "strasse|2000-02-28"
    assert postgres.query("SELECT data_type FROM information_schema.columns WHERE table_schema = "
                          "'base' AND column_name = 'birthday'") == "date"


def test_a_table_that_is_there_needs_no_right_to_make_it(birthday, postgres):
    postgres.query("CREATE SCHEMA base")
    postgres.query("CREATE TABLE base.users (username text PRIMARY KEY, birthday date NOT NULL)")
    role, url = postgres.new_role()
    postgres.query(f"GRANT USAGE ON SCHEMA base TO {role}")
    postgres.query(f"GRANT SELECT, INSERT, UPDATE ON base.users TO {role}")
    service = birthday(DATABASE_URL=url)
    assert service.put("Anna", "1990-01-01").status == 204


def test_after_a_restart_of_the_server(birthday, postgres):
    service = birthday(DATABASE_URL=postgres.url, THREADS="4")
    for _ in range(20):
        assert service.put("Anna", "1990-01-01").status == 204
    postgres.stop()
    postgres.start()
    # Each thread's connection broke; each is replaced, and no request has to notice.
    assert [service.put("Anna", "1990-01-01").status for _ in range(20)] == [204] * 20
    assert [service.get("/hello/Anna").status for _ in range(20)] == [200] * 20


def test_while_the_server_is_down(birthday, postgres):
    service = birthday(DATABASE_URL=postgres.url)
    assert service.put("Anna", "1990-01-01").status == 204
    postgres.stop()
    for answer in (service.get("/healthz"), service.get("/hello/Anna"),
                   service.put("Anna", "1990-01-01")):
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "1"
        assert "database" in answer.json["error"]
    assert service.get("/hello/a1").status == 400
    postgres.start()
    until(lambda: service.get("/healthz").status == 200, "the service to be healthy again")
    assert service.get("/hello/Anna").status == 200
    assert service.stop() == 0


def test_a_server_that_comes_later(birthday, postgres):
    postgres.stop()
    service = birthday(DATABASE_URL=postgres.url)
    assert service.get("/healthz").status == 503
    postgres.start()
    until(lambda: service.get("/healthz").status == 200, "the service to be healthy")
    assert service.put("Anna", "1990-01-01").status == 204


def test_a_session_that_is_ended(birthday, postgres):
    service = birthday(DATABASE_URL=postgres.url, THREADS="1")
    assert service.put("Anna", "1990-01-01").status == 204
    for _ in range(3):
        postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                       " WHERE application_name = 'birthday'")
        assert service.days("Anna") >= 0


def test_a_table_that_was_dropped_is_made_again(birthday, postgres):
    service = birthday(DATABASE_URL=postgres.url)
    postgres.query("DROP SCHEMA base CASCADE")
    assert service.get("/hello/Anna").status == 404


@pytest.mark.parametrize("setting", ["application_name=mine", "options=-csearch_path%3Dbase"])
def test_the_address_may_hold_settings(birthday, postgres, setting):
    service = birthday(DATABASE_URL=f"{postgres.url}?{setting}")
    assert service.put("Anna", "1990-01-01").status == 204
    if setting.startswith("application_name"):
        assert postgres.query("SELECT count(*) > 0 FROM pg_stat_activity"
                              " WHERE application_name = 'mine'") == "t"

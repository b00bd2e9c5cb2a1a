# SPDX-License-Identifier: Apache-2.0
"""What the service promises over HTTP."""

import datetime
import json
import sqlite3
from urllib.parse import quote

import pytest


def day_in(days):
    """A date whose birthday comes in so many days; in a leap year, where every date exists."""
    return (datetime.datetime.now(datetime.timezone.utc).date()
            + datetime.timedelta(days=days)).replace(year=1996).isoformat()


def test_a_birthday_is_kept_and_counted(birthday):
    service = birthday()
    for days in (0, 1, 100):
        answer = service.put("Anna", day_in(days))
        assert (answer.status, answer.body) == (204, b"")
        # Midnight may pass between the two.
        assert service.days("Anna") in {days, (days - 1) % 366}


def test_the_answer_is_exactly_this(birthday):
    service = birthday()
    service.put("Anna", day_in(20))
    answer = service.get("/hello/Anna")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json in ({"message": "Hello, Anna! Your birthday is in 20 day(s)"},
                           {"message": "Hello, Anna! Your birthday is in 19 day(s)"})


def test_names_are_letters_of_any_script_and_case(birthday):
    service = birthday()
    for stored, asked in (("Zoë", "ZOE\u0308"), ("Straße", "STRASSE"), ("Дмитрий", "ДМИТРИЙ"),
                          ("李小龙", "李小龙")):
        assert service.request("PUT", "/hello/" + quote(stored),
                               json.dumps({"dateOfBirth": "1990-01-01"})).status == 204
        answer = service.get("/hello/" + quote(asked))
        assert answer.status == 200
        assert answer.json["message"].startswith(f"Hello, {asked}! ")


def test_curl_lines_work_as_pasted(birthday):
    service = birthday()
    answer = service.request("PUT", "/hello/Anna?x=1", '{"dateOfBirth": "1990-01-01"}',
                             {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 204


def test_head_is_get_without_the_body(birthday):
    service = birthday()
    service.put("Anna", "1990-01-01")
    got = service.get("/hello/Anna")
    head = service.request("HEAD", "/hello/Anna")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.body))
    assert service.request("HEAD", "/hello/Nobody").status == 404


@pytest.mark.parametrize(("method", "path", "allow"), [
    ("POST", "/hello/anna", "GET, HEAD, PUT"),
    ("DELETE", "/hello/anna", "GET, HEAD, PUT"),
    ("OPTIONS", "/hello/anna", "GET, HEAD, PUT"),
    ("PUT", "/healthz", "GET, HEAD"),
])
def test_other_methods_are_not_allowed(birthday, method, path, allow):
    answer = birthday().request(method, path)
    assert (answer.status, answer.headers["Allow"]) == (405, allow)
    assert "error" in answer.json


def test_unknown_names_and_paths(birthday):
    service = birthday()
    for path in ("/hello/Nobody", "/", "/hello", "/hello/", "/hello/a/b", "/helloo/a", "/hello/a/"):
        answer = service.get(path)
        assert answer.status == 404
        assert answer.json["error"]


def test_healthz_asks_the_database(birthday, tmp_path):
    service = birthday(THREADS="1")  # another thread's first connection would make the table again
    assert (service.get("/healthz").status, service.get("/healthz").json) == (200, {"status": "ok"})
    with sqlite3.connect(tmp_path / "birthday.sqlite3") as database:
        database.execute("DROP TABLE users")
    answer = service.get("/healthz")
    assert answer.status == 503
    assert answer.json["error"]


def test_one_connection_serves_many_requests(birthday):
    connection = birthday().connect()
    for path, status in (("/healthz", 200), ("/hello/x", 404), ("/hello/1", 400), ("/healthz", 200)):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert answer.headers.get("Connection") != "close"
    connection.close()


def test_each_request_is_a_line_of_json(birthday):
    service = birthday()
    service.put("Anna", "1990-01-01")
    service.get('/hello/a%22b?secret="x')
    service.stop()
    put, get = [line for line in service.lines if line["message"] == "request"]
    assert (put["method"], put["path"], put["status"]) == ("PUT", "/hello/Anna", 204)
    assert (get["method"], get["path"], get["status"]) == ("GET", "/hello/a%22b", 400)
    for line in (put, get):
        assert set(line) == {"time", "level", "service", "message", "method", "path", "status",
                             "duration_us"}
        assert line["service"] == "birthday"
        assert line["duration_us"] >= 0

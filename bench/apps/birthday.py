# SPDX-License-Identifier: Apache-2.0
"""The rules of apps/birthday in Python, with Flask, as one would write them for gunicorn. A
connection to SQLite for each worker's thread, the same journal and the same care for what was
written; the sqlite3 module keeps statements prepared."""

import datetime
import json
import os
import sqlite3
import threading
import unicodedata

from flask import Flask, Response, request

LETTERS_MAX = 100
BODY_MAX = 64 * 1024
CALENDAR_BEGIN = datetime.date(1582, 10, 15)
FIND = "SELECT birthday FROM users WHERE username = ?"
SET = ("INSERT INTO users (username, birthday) VALUES (?, ?)"
       " ON CONFLICT (username) DO UPDATE SET birthday = excluded.birthday")
SCHEMA = ("CREATE TABLE IF NOT EXISTS users (username TEXT PRIMARY KEY NOT NULL,"
          " birthday TEXT NOT NULL) STRICT, WITHOUT ROWID")
EXPECTED = 'expected {"dateOfBirth": "YYYY-MM-DD"}, and no more'
NOT_A_DATE = ("dateOfBirth has to be a date of the calendar, written YYYY-MM-DD, from 1582-10-15 "
              "on")

app = Flask(__name__)
kept = threading.local()


class Refused(Exception):
    """What the client did wrong."""


def database():
    connection = getattr(kept, "connection", None)
    if connection is None:
        connection = sqlite3.connect(os.environ["DATABASE_PATH"], timeout=5.0,
                                     isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(SCHEMA)
        kept.connection = connection
    return connection


def answer(status, value):
    return Response(json.dumps(value, ensure_ascii=False) + "\n", status,
                    mimetype="application/json")


def are_letters(name):
    return name.isalpha() and all(unicodedata.category(letter)[0] == "L" for letter in name)


def key_of(name):
    """Checks a name; gives what it is looked up by."""
    composed = name
    if not are_letters(name):
        composed = unicodedata.normalize("NFC", name)
        if not are_letters(composed):
            raise Refused("the name may hold letters only")
    if len(composed) > LETTERS_MAX:
        raise Refused("the name is longer than %d letters" % LETTERS_MAX)
    if name.isascii():
        return name.casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def parse_date(text):
    try:
        return datetime.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def today():
    return datetime.datetime.now(datetime.timezone.utc).date()


def without_doubles(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("the body has a key twice")
    return found


def read_date():
    data = request.get_data(cache=False)
    if not data:
        raise Refused("the body is empty; send a JSON object")
    try:
        body = json.loads(data, object_pairs_hook=without_doubles)
    except json.JSONDecodeError as error:
        raise Refused("the body is not valid JSON: see line %d, column %d" %
                      (error.lineno, error.colno)) from error
    except UnicodeDecodeError as error:
        raise Refused("the body is not valid JSON: it is not UTF-8") from error
    if not isinstance(body, dict):
        raise Refused("the body is JSON, but not an object")
    text = body.get("dateOfBirth")
    if not isinstance(text, str) or len(body) != 1:
        raise Refused(EXPECTED)
    birth = parse_date(text)
    if birth is None or birth < CALENDAR_BEGIN:
        raise Refused(NOT_A_DATE)
    if birth >= today():
        raise Refused("dateOfBirth has to be before today")
    return text


def birthday_in(birth, year):
    try:
        return birth.replace(year=year)
    except ValueError:
        return datetime.date(year, 2, 28)


def days_until(birth, now):
    coming = birthday_in(birth, now.year)
    if coming < now:
        coming = birthday_in(birth, now.year + 1)
    return (coming - now).days


@app.errorhandler(Refused)
def refuse(error):
    return answer(400, {"error": str(error)})


@app.errorhandler(404)
def unknown_path(_):
    return answer(404, {"error": "there is nothing at this path"})


@app.get("/hello/<username>")
def get_hello(username):
    row = database().execute(FIND, (key_of(username),)).fetchone()
    if row is None:
        return answer(404, {"error": "nobody of this name is known here"})
    days = days_until(datetime.date.fromisoformat(row[0]), today())
    if days == 0:
        return answer(200, {"message": "Hello, %s! Happy birthday!" % username})
    return answer(200, {"message": "Hello, %s! Your birthday is in %d day(s)" % (username, days)})


@app.put("/hello/<username>")
def put_hello(username):
    key = key_of(username)
    if (request.content_length or 0) > BODY_MAX:
        return answer(413, {"error": "the body is longer than %d bytes" % BODY_MAX})
    database().execute(SET, (key, read_date()))
    return Response(status=204)


@app.get("/healthz")
def get_health():
    database().execute("SELECT 1 FROM users LIMIT 1").fetchone()
    return answer(200, {"status": "ok"})

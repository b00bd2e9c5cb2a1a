# SPDX-License-Identifier: Apache-2.0
"""Whatever is sent, the answer is 4xx with a reason, and the service goes on."""

import json
import socket

import pytest

from support.tools import DEADLINE_S

DATE = '{"dateOfBirth": "1990-01-01"}'

BODIES = {
    "nothing": "",
    "not JSON": "dateOfBirth=1990-01-01",
    "a list": "[]",
    "a text": '"1990-01-01"',
    "no date": "{}",
    "null": '{"dateOfBirth": null}',
    "a number": '{"dateOfBirth": 19900101}',
    "an object": '{"dateOfBirth": {"year": 1990}}',
    "another key": '{"dateOfBirth": "1990-01-01", "admin": true}',
    "another spelling": '{"DateOfBirth": "1990-01-01"}',
    "a key twice": '{"dateOfBirth": "1990-01-01", "dateOfBirth": "1991-01-01"}',
    "something behind it": DATE + "x",
    "two objects": DATE + DATE,
    "cut off": DATE[:-1],
    "a NUL": DATE + "\0",
    "an escaped NUL": '{"dateOfBirth": "1990-01-01\\u0000"}',
    "not UTF-8": b'{"dateOfBirth": "\xff"}',
    "deep": "[" * 30000,
    "30 February": '{"dateOfBirth": "1990-02-30"}',
    "29 February of another year": '{"dateOfBirth": "1900-02-29"}',
    "month 13": '{"dateOfBirth": "1990-13-01"}',
    "short form": '{"dateOfBirth": "1990-1-1"}',
    "another order": '{"dateOfBirth": "01-01-1990"}',
    "with a time": '{"dateOfBirth": "1990-01-01T00:00:00Z"}',
    "with blanks": '{"dateOfBirth": " 1990-01-01"}',
    "another script's digits": '{"dateOfBirth": "１９９０-01-01"}',
    "the future": '{"dateOfBirth": "9999-12-31"}',
    "before the calendar": '{"dateOfBirth": "1582-10-14"}',
    "year 0": '{"dateOfBirth": "0000-01-01"}',
}

NAMES = ["a1", "a%20b", "a-b", "a.b", "%00", "a%00b", "%", "%zz", "%ff", "%C3", "%C0%80", "%F0%9F%98%80",
         "%3Cscript%3E", "a%2Fb", "..", "%2e%2e", "a%0d%0aX:%20y", "%CC%81", "'%20OR%201=1--",
         "x" * 101, "x" * 3000]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_bad_bodies(birthday, body):
    service = birthday()
    if isinstance(body, str):
        body = body.encode()
    answer = service.request("PUT", "/hello/Anna", body)
    assert answer.status == 400
    assert set(answer.json) == {"error"}
    assert service.get("/hello/Anna").status == 404


def test_bad_names(birthday):
    service = birthday()
    for name in NAMES:
        for answer in (service.get(f"/hello/{name}"),
                       service.request("PUT", f"/hello/{name}", DATE)):
            assert answer.status == 400, name
            assert set(answer.json) == {"error"}


def test_other_types_are_refused(birthday):
    service = birthday()
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x",
                 "application/jsonx"):
        answer = service.request("PUT", "/hello/Anna", DATE, {"Content-Type": kind})
        assert (answer.status, set(answer.json)) == (415, {"error"})


def test_bodies_that_are_too_long(birthday):
    service = birthday()
    padded = DATE.encode() + b" " * (64 * 1024 - len(DATE))
    assert service.request("PUT", "/hello/Anna", padded).status == 204
    assert service.request("PUT", "/hello/Anna", padded + b" ").status == 413
    answer = service.request("PUT", "/hello/Anna", iter([padded, padded]))
    assert (answer.status, set(answer.json)) == (413, {"error"})


def raw(service, data):
    """Sends bytes, and gives all that comes back until the service closes."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=DEADLINE_S) as one:
        try:
            one.sendall(data)
            one.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = b""
        try:
            while chunk := one.recv(65536):
                answer += chunk
        except ConnectionResetError:
            pass
        return answer


def test_what_is_not_http(birthday):
    service = birthday()
    huge = b"PUT /hello/a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
    for data in (b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n",
                 b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
                 b"PUT /hello/a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                 b"PUT /hello/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                 b"GET /hello/\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", huge):
        answer = raw(service, data)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4") or b" 505 " in answer[:20], data[:50]
    assert raw(service, huge).startswith(b"HTTP/1.1 413")
    assert service.get("/healthz").status == 200
    assert service.stop() == 0


def test_requests_that_are_never_finished(birthday):
    service = birthday()
    for data in (b"", b"\0" * 100, b"\0\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET /hello/An",
                 b"PUT /hello/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"):
        with socket.create_connection(("127.0.0.1", service.port), timeout=DEADLINE_S) as one:
            one.sendall(data)
    assert service.get("/healthz").status == 200


def test_reasons_are_json_whatever_is_sent(birthday):
    service = birthday()
    answer = service.request("PUT", "/hello/Anna", b'{"dateOfBirth": "\\ud800"}')
    assert answer.status == 400
    json.loads(answer.body.decode())

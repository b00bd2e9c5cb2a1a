# SPDX-License-Identifier: Apache-2.0
"""No page from elsewhere gets an answer, and every answer says what a browser may do with it."""

import gzip

import pytest

SECURITY = {
    "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.fixture
def token(dashboard):
    return dashboard.token()["token"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7070", "127.0.0.1.evil.example",
                                  "localhost.evil.example", "10.0.0.1", "128.0.0.1", "[::2]",
                                  "[::ffff:10.0.0.1]", "2130706433", "127.1", "0.0.0.0",
                                  "0177.0.0.1", "localhost."])
def test_other_hosts_get_nothing(dashboard, token, host):
    for path in ("/", "/app.js", "/v1/session", "/nothing"):
        answer = dashboard.ask("GET", path, token, Host=host)
        assert answer.status == 421, (host, path)
        assert b"anna" not in answer.body and answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:1", "127.0.0.1:65535",
                                  "127.9.8.7:7070", "[::1]", "[::1]:7070"])
def test_hosts_of_this_machine_are_served(dashboard, token, host):
    assert dashboard.ask("GET", "/v1/session", token, Host=host).status == 200
    assert dashboard.ask("GET", "/", Host=host).status == 200
    assert dashboard.ask("GET", "/v1/session", token, Host=host,
                         Origin=f"http://{host}").status == 200


def test_the_target_counts_as_the_host(dashboard):
    start = dashboard.raw("GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n"
                          "Connection: close\r\n\r\n")
    assert start.startswith("HTTP/1.1 421 ")
    start = dashboard.raw("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n"
                          "Connection: close\r\n\r\n")
    assert start.startswith("HTTP/1.1 4")
    assert dashboard.raw("GET / HTTP/1.0\r\n\r\n").startswith("HTTP/1.1 421 ")


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:{port}", "null",
                                    "http://127.0.0.1", "http://127.0.0.1:{port}0",
                                    "http://127.0.0.1:{port}/", "http://localhost:{port}", ""])
def test_other_origins_are_refused(dashboard, token, origin):
    origin = origin.format(port=dashboard.port)
    for method, path in (("GET", "/v1/session"), ("POST", "/v1/shutdown"), ("GET", "/app.js"),
                         ("OPTIONS", "/v1/tokens")):
        answer = dashboard.ask(method, path, token, Origin=origin)
        assert answer.status == 403, (origin, method, path)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "nonsense"])
def test_other_sites_are_refused(dashboard, token, site):
    assert dashboard.ask("GET", "/v1/session", token, Sec_Fetch_Site=site).status == 403
    assert dashboard.ask("GET", "/metrics", token, Sec_Fetch_Site=site).status == 403
    assert dashboard.ask("GET", "/", Sec_Fetch_Site=site).status == 200  # by a link


def test_the_page_itself_may_ask(dashboard, token):
    for site in ("same-origin", "none"):
        assert dashboard.ask("GET", "/v1/session", token, Sec_Fetch_Site=site,
                             Origin=f"http://{dashboard.address}").status == 200


def test_options_are_not_served(dashboard, token):
    for path in ("/", "/v1/session", "/v1/tokens", "/nothing"):
        assert dashboard.ask("OPTIONS", path, token).status == 405


@pytest.mark.parametrize("field", ["Authorization: Bearer {token}", "Host: {address}",
                                   "Origin: http://{address}", "Sec-Fetch-Site: same-origin"])
def test_what_is_said_twice_is_refused(dashboard, token, field):
    field = field.format(token=token, address=dashboard.address)
    once = {"Host": f"Host: {dashboard.address}\r\n",
            "Authorization": f"Authorization: Bearer {token}\r\n"}
    head = f"{field}\r\n" + "".join(
        text for name, text in once.items() if not field.startswith(name))
    request = "GET /v1/session HTTP/1.1\r\nConnection: close\r\n{}\r\n"
    assert dashboard.raw(request.format(head)).startswith("HTTP/1.1 200 ")
    assert dashboard.raw(request.format(head + f"{field}\r\n")).startswith("HTTP/1.1 400 ")


def test_every_answer_has_the_fields_of_security(dashboard, token):
    answers = {
        200: dashboard.ask("GET", "/"),
        304: dashboard.ask("GET", "/", If_None_Match=dashboard.ask("GET", "/").headers["ETag"]),
        400: dashboard.ask("GET", "//", token),
        401: dashboard.ask("GET", "/v1/session"),
        403: dashboard.ask("GET", "/", Origin="http://evil.example"),
        404: dashboard.ask("GET", "/nothing", token),
        405: dashboard.ask("PUT", "/v1/session", token),
        421: dashboard.ask("GET", "/", Host="evil.example"),
        201: dashboard.ask("POST", "/v1/tokens", token,
                           {"role": "viewer", "name": "x", "expires_s": 60}),
    }
    connection, response = dashboard.stream("/v1/events?follow=1", token)
    answers["stream"] = response
    for status, answer in answers.items():
        assert answer.status == (status if status != "stream" else 200)
        for name, value in SECURITY.items():
            assert answer.headers.get_all(name) == [value], (status, name)
        assert "Server" not in answer.headers
    connection.close()
    for broken in ("GET / HTTP/1.1\r\n\r\n", "NONSENSE\r\n\r\n", "GET / HTTP/9\r\n\r\n",
                   f"GET /{'a' * 9000} HTTP/1.1\r\nHost: localhost\r\n\r\n",
                   f"GET / HTTP/1.1\r\nHost: localhost\r\nX: {'a' * 40000}\r\n\r\n"):
        head = dashboard.raw(broken)
        assert head.startswith("HTTP/1.1 4") or head.startswith("HTTP/1.1 5"), broken[:40]
        for name, value in SECURITY.items():
            assert f"\r\n{name}: {value}\r\n" in head, (broken[:40], name)


def test_the_socket_does_not_have_them(node, dashboard):
    connection, response = node.request("GET", "/v1/version")
    assert "Content-Security-Policy" not in response.headers
    connection.close()


FILES = {"/": "text/html; charset=utf-8", "/app.js": "text/javascript; charset=utf-8",
         "/app.css": "text/css; charset=utf-8", "/icon.svg": "image/svg+xml"}


@pytest.mark.parametrize("path", FILES)
def test_files_are_served_to_anybody_here(dashboard, path):
    answer = dashboard.ask("GET", path)
    assert answer.status == 200 and answer.headers["Content-Type"] == FILES[path]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers.get_all("Cache-Control") == ["no-cache"]
    assert len(gzip.decompress(answer.body)) > 0
    tag = answer.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = dashboard.ask("GET", path, If_None_Match=known)
        assert again.status == 304 and again.body == b"" and again.headers["ETag"] == tag
        assert "Content-Length" not in again.headers
    assert dashboard.ask("GET", path, If_None_Match='"other"').status == 200
    head = dashboard.ask("HEAD", path)
    assert head.status == 200 and head.body == b""
    assert int(head.headers["Content-Length"]) == len(answer.body)
    assert dashboard.ask("POST", path).status == 401


def test_files_are_those_of_the_repository(dashboard):
    from support.binary import REPOSITORY

    for path in FILES:
        name = path.strip("/") or "index.html"
        content = gzip.decompress(dashboard.ask("GET", path).body)
        # A build that is older than the files has others; the form is the same.
        assert content[:9] == (REPOSITORY / "web/dist" / name).read_bytes()[:9]


def test_files_are_not_on_the_socket(node, dashboard):
    connection, response = node.request("GET", "/app.js")
    assert response.status == 404
    connection.close()


def test_a_connection_is_kept_for_what_follows(dashboard, token):
    connection = dashboard.connection()
    for status, headers in ((200, {"Authorization": f"Bearer {token}"}), (401, {}),
                            (403, {"Origin": "http://evil.example"}),
                            (200, {"Authorization": f"Bearer {token}"})):
        connection.request("GET", "/v1/session", headers=headers)
        response = connection.getresponse()
        response.read()
        assert response.status == status and not response.will_close
    connection.close()


def test_a_body_that_is_not_wanted_is_not_read(dashboard):
    """The answer comes before the body, and nothing in that is taken for another request."""
    text = dashboard.raw(f"POST /v1/projects/p/builds/s HTTP/1.1\r\nHost: localhost\r\n"
                         f"Content-Length: 9999999\r\n\r\n"
                         f"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert text.startswith("HTTP/1.1 401 ") and text.count("HTTP/1.1 ") == 1
    assert "\r\nConnection: close\r\n" in text

# SPDX-License-Identifier: Apache-2.0
"""The page of front, as a browser without script uses it."""

import html.parser
import re

import pytest


class Page(html.parser.HTMLParser):
    """What matters of a page: its form, its links, its texts by tag."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.forms = []
        self.links = []
        self.texts = {}
        self._open = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag == "form":
            self.forms.append((attributes["method"], attributes["action"]))
        self.links += [attributes[name] for name in ("href", "src", "action") if name in attributes]
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        if tag not in ("meta", "link"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)


def page_of(front, path="/"):
    answer = front.ask("GET", path)
    assert answer.status == 200
    return Page(answer.text)


def draw_by_form(front, page):
    (method, action), = page.forms
    answer = front.ask(method.upper(), action, "",
                       {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 303
    return answer.headers["Location"]


def test_the_button_draws_and_the_history_grows(generator):
    front = generator().front
    page = page_of(front)
    assert page.texts["button"] == ["Draw"]
    for count in (1, 2, 3):
        page = page_of(front, draw_by_form(front, page))
        assert page.texts["button"] == ["Again"]
        newest, *_ = draws = front.ask("GET", "/api/history").json["draws"]
        assert len(draws) == count
        assert page.texts["dd"] == [str(newest["integer"]), repr(newest["number"]),
                                    repr(newest["product"])]
        assert newest["outcome"] in page.texts["p"]
        assert page.tags.count("tr") == count + 1
    assert newest["product"] == newest["integer"] * newest["number"]


def test_an_earlier_draw_has_its_page(generator):
    front = generator().front
    first, _ = (front.ask("POST", "/api/draw").json for _ in range(2))
    page = page_of(front, f"/draws/{first['id']}")
    assert page.texts["dd"][0] == str(first["integer"])
    for path in ("/draws/3", "/draws/0", "/draws/x", "/draws/-1", "/draws/1%27", "/draws/" + "9" * 50):
        answer = front.ask("GET", path)
        assert answer.status == 404
        assert "<h1>No such draw</h1>" in answer.text


def test_tiny_numbers_survive_the_whole_trip(start, rules, play):
    combine = start("combine", RULES_FILE=rules)
    integer = play(lambda *_: (200, '{"value": 42}'))
    number = play(lambda *_: (200, '{"value": 5.3e-05}'))
    front = start("front", INTEGER_URL=integer.url, NUMBER_URL=number.url, COMBINE_URL=combine.url)
    drawn = front.ask("POST", "/api/draw")
    assert drawn.status == 201
    assert '"integer": 42, "number": 5.3e-05, "product": 0.002226,' in drawn.text
    assert '"number": 5.3e-05, "product": 0.002226,' in front.ask("GET", "/api/history").text
    assert page_of(front).texts["dd"] == ["42", "5.3e-05", "0.002226"]


def test_what_rules_say_is_shown_as_text(start, tmp_path, generator):
    hostile = "<script>alert('x')</script> & \"</p><img src=x>"
    file = tmp_path / "hostile.txt"
    file.write_text(f"else: always => {hostile}\n")
    combine = start("combine", RULES_FILE=file)
    front = generator(COMBINE_URL=combine.url).front
    assert front.ask("POST", "/api/draw").json["outcome"] == hostile
    page = page_of(front)
    assert "script" not in page.tags and "img" not in page.tags
    assert hostile in page.texts["p"] and hostile in page.texts["td"]


def test_the_policy_allows_what_the_page_needs_and_no_more(generator):
    front = generator().front
    answer = front.ask("GET", "/")
    policy = dict(part.strip().split(" ", 1)
                  for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy == {"default-src": "'none'", "style-src": "'self'", "form-action": "'self'",
                      "base-uri": "'none'", "frame-ancestors": "'none'"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    page = Page(answer.text)
    assert all(link.startswith("/") and not link.startswith("//") for link in page.links)
    assert not {"script", "style", "img", "iframe"} & set(page.tags)
    style = front.ask("GET", "/style.css")
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "prefers-color-scheme: dark" in style.text
    assert not re.search(r"https?:|url\(|@import", style.text)


@pytest.mark.parametrize("base", ["/generator", "/a/b/"])
def test_under_a_prefix(generator, base):
    front = generator(BASE_PATH=base).front
    prefix = base.rstrip("/")
    # As it is behind a router that hands the path on, and behind one that cuts the prefix off.
    for path in (prefix, prefix + "/", "/"):
        page = page_of(front, path)
        assert all(link.startswith(prefix + "/") for link in page.links)
        location = draw_by_form(front, page)
        assert location.startswith(prefix + "/draws/")
        for link in [location] + page_of(front, location).links:
            if not link.endswith("/draw"):
                assert front.ask("GET", link).status == 200
                assert front.ask("GET", link[len(prefix):]).status == 200
    assert front.ask("GET", prefix + "/api/history").status == 200
    assert front.ask("GET", prefix + "x").status == 404
    assert front.ask("GET", "/healthz").status == 200


def test_other_methods(generator):
    front = generator().front
    assert front.ask("GET", "/draw").status == 405
    assert front.ask("GET", "/api/draw").status == 405
    assert front.ask("POST", "/").status == 405
    assert front.ask("HEAD", "/").status == 200
    assert front.ask("POST", "/api/draw", "x" * 70000).status == 413

# SPDX-License-Identifier: Apache-2.0

import pytest

SOUND = b"services: {web: {image: x}}\n"


@pytest.mark.parametrize(
    "data",
    [
        SOUND.replace(b"x}", b"\0}"),
        b"\0",
        b"\0" * 1000,
        SOUND + b"\0",
        b"# \0 in a comment\n" + SOUND,
        SOUND.replace(b"x}", b"'a\0b'}"),
        b'services: {web: {image: "a\\0b"}}\n',
        b'services: {web: {image: x, labels: {"a\\0b": c}}}\n',
        SOUND.replace(b"x}", b"\xff}"),
        SOUND.replace(b"x}", b"\xc3}"),
        SOUND.replace(b"x}", b"\xc0\x80}"),
        SOUND.replace(b"x}", b"\xed\xa0\x80}"),
        SOUND.replace(b"x}", b"\xf4\x90\x80\x80}"),
        b"# \xff\n" + SOUND,
        SOUND + b"\xe2\x98",
        SOUND.decode().encode("utf-16"),
        SOUND.decode().encode("utf-16-le"),
        SOUND.decode().encode("utf-16-be"),
        SOUND.decode().encode("utf-32"),
        SOUND.decode().encode("utf-7").replace(b"x}", b"\x80}"),
        b"\x7fELF" + bytes(range(256)) * 10,
        b"\x1f\x8b\x08\x00" + bytes(range(256)),
        SOUND.replace(b"x}", b"\x1b[31m}"),
        SOUND.replace(b"x}", b"\x01}"),
    ],
    ids=lambda data: repr(data[:40])[2:-1].replace("[", "(").replace("]", ")"),
)
def test_file_is_refused(project, data):
    project.compose(data)
    errors = project.refuses()
    assert "compose.yaml" in errors
    assert "\0" not in errors and "\x1b" not in errors


@pytest.mark.parametrize("data", [b"A=\xff\n", b"A=a\0b\n", "A=1\n".encode("utf-16"), b"\xffA=1\n", b'A="\\0000"\n'])
def test_dotenv_is_refused(project, data):
    project.compose(SOUND)
    project.write(".env", data)
    assert ".env:1" in project.refuses()


@pytest.mark.parametrize("data", [b"A=\xff\n", b"A=a\0b\n", "A=1\n".encode("utf-16")])
@pytest.mark.parametrize("keys", ["path: bad.env", "path: bad.env, format: raw"])
def test_env_file_is_refused(project, data, keys):
    project.write("bad.env", data)
    project.compose(f"services: {{web: {{image: x, env_file: [{{{keys}}}]}}}}")
    assert "bad.env:1" in project.refuses()


def test_odd_characters_are_no_mistake(project):
    text = "\u2028\u0085\ufeff\U0010ffff\u202e"
    project.compose({"services": {"web": {"image": "x", "labels": {"a": text}}}})
    assert project.service()["labels"]["a"] == text


@pytest.mark.xfail(reason="printed otherwise when read again")
def test_variables_of_the_process_that_are_not_text(project):
    project.compose("services: {web: {image: x, environment: {A: '${LATIN}', B: }}}")
    latin = b"<\xe9>".decode("utf-8", "surrogateescape")
    once = project.passes("config", env={"LATIN": latin, "B": latin})
    assert once.yaml["services"]["web"]["environment"] == {"A": "<\ufffd>", "B": "<\ufffd>"}
    project.compose(once.output)
    assert project.passes("config").output == once.output

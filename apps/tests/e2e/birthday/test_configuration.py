# SPDX-License-Identifier: Apache-2.0
"""Settings come from the environment and from .env; what is wrong with them stops the start."""

import socket

from support.service import Service, run_to_the_end


def refuse(programs, folder, **environment):
    status, messages = run_to_the_end(programs / "birthday/birthday", folder, environment)
    assert status == 1
    return messages


def test_every_problem_is_named_at_once(programs, tmp_path):
    messages = refuse(programs, tmp_path, PORT="http", THREADS="0", TZ="Mars/Phobos",
                      DATABASE_URL="mysql://anna:secret@host/x", REDIS_URL="secret@cache")
    names = sorted(message.split(":")[0] for message in messages)
    assert names == ["DATABASE_URL", "PORT", "REDIS_URL", "THREADS", "TZ"]
    assert "secret" not in " ".join(messages)


def test_a_missing_port_is_named(programs, tmp_path):
    assert refuse(programs, tmp_path) == [
        "PORT: it is not set; set it in the environment or in .env"]
    assert refuse(programs, tmp_path, PORT="")[0].startswith("PORT: it is not set")


def test_the_file_is_read_and_the_environment_wins(programs, tmp_path):
    (tmp_path / ".env").write_text("# settings\nexport PORT=no\nDATABASE_PATH='my file.db'\n")
    service = Service(programs / "birthday/birthday", tmp_path, {})
    try:
        service.wait_listening()
        assert service.put("Anna", "1990-01-01").status == 204
        assert (tmp_path / "my file.db").exists()
    finally:
        service.kill()
    assert refuse(programs, tmp_path)[0].startswith('PORT: "no" is not a whole number')


def test_a_bad_line_of_the_file_is_named(programs, tmp_path):
    (tmp_path / ".env").write_bytes(b"PORT=0\nsecret words\nX='y\n\0\n")
    messages = refuse(programs, tmp_path)
    assert [message.split(":")[0] for message in messages] == [
        ".env, line 2", ".env, line 3", ".env, line 4"]
    assert "secret" not in " ".join(messages)


def test_a_port_that_is_taken_is_named(programs, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        messages = refuse(programs, tmp_path, PORT=str(port))
    assert f"port {port}: Address already in use" in messages[-1]


def test_a_place_that_cannot_be_written_is_named(programs, tmp_path):
    messages = refuse(programs, tmp_path, PORT="0", DATABASE_PATH="/nowhere/birthday.db")
    assert "/nowhere/birthday.db" in messages[-1]


def test_a_socket_that_is_handed_over(programs, tmp_path):
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        given.listen()
        # Into the child as descriptor 3, whatever its number is here.
        service = Service("/bin/bash", tmp_path,
                          {"LISTEN_FDS": "1", "PORT": "",
                           "PROGRAM": str(programs / "birthday/birthday"),
                           "FD": str(given.fileno())},
                          pass_fds=[given.fileno()], arguments=[
                              "-c", "eval \"exec 3<&$FD\"; exec \"$PROGRAM\""])
        try:
            assert service.wait_listening().port == given.getsockname()[1]
            assert service.get("/healthz").status == 200
        finally:
            service.kill()


def test_a_time_zone_counts(birthday):
    """Somewhere it is another day than in UTC, at any time of the day."""
    ahead, behind = birthday(TZ="AAA-23:59"), birthday(TZ="BBB+23:59")
    ahead.put("Anna", "1996-07-07")
    days = behind.days("Anna") - ahead.days("Anna")
    assert days in {1, 2} or days < -360

# SPDX-License-Identifier: Apache-2.0

import os
import signal
import subprocess

FILE = "services: {web: {image: x}}"


def test_closed_standard_output(project):
    project.compose(FILE)
    result = project.run("config", prepare=lambda: os.close(1))
    assert result.status == 1 and "output" in result.errors


def test_full_disk(project):
    project.compose(FILE)
    with open("/dev/full", "wb") as full:
        result = project.run("config", stdout=full)
    assert result.status == 1
    assert "No space left" in result.errors


def test_reader_that_has_gone(project):
    project.compose(FILE)
    reading, writing = os.pipe()
    os.close(reading)
    result = project.run("config", stdout=writing)
    os.close(writing)
    assert result.status == 1


def test_reader_that_has_gone_with_the_usual_signal(project):
    project.compose("services: {web: {image: x}}\nx-a: '" + "t" * 1_000_000 + "'\n")
    reading, writing = os.pipe()
    os.close(reading)
    result = project.run(
        "config", stdout=writing, prepare=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    )
    os.close(writing)
    assert result.status == 1


def test_closed_standard_error_does_not_hide_the_status(project):
    project.compose("services: {web: {imagee: x}}")
    with open("/dev/full", "wb") as full:
        assert project.run("config", stderr=full).status == 1
    assert project.run("config", prepare=lambda: os.close(2)).status == 1


def test_standard_output_that_is_slow(project):
    text = "t" * 3_000_000
    project.compose(f"services: {{}}\nx-a: '{text}'\n")
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    reader = subprocess.Popen(["wc", "-c"], stdin=reading, stdout=subprocess.PIPE)
    os.close(reading)
    result = project.run("config", stdout=writing)
    os.close(writing)
    count = int(reader.communicate(timeout=20)[0])
    assert result.status == 0 and count > len(text)


def test_limit_of_file_size(project):
    from support.limits import limit_file_size

    project.compose("services: {}\nx-a: '" + "t" * 100_000 + "'\n")

    def prepare():
        limit_file_size(1000)()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    result = project.run("config", "-o", "out.yaml", prepare=prepare)
    assert result.status == 1
    assert sorted(os.listdir(project.folder)) == ["compose.yaml"]

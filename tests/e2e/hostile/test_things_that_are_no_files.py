# SPDX-License-Identifier: Apache-2.0

import os
import stat

import pytest

from support.limits import can_obey_permissions, obey_permissions

PLACES = {
    "-f": ("services: {web: {image: x}}", ["-f", "PATH"]),
    "include": ("include: ['PATH']\nservices: {web: {image: x}}", []),
    "include.env_file": (
        "include: [{path: sound.yaml, env_file: 'PATH'}]\nservices: {web: {image: x}}",
        [],
    ),
    "extends.file": ("services: {web: {image: x, extends: {file: 'PATH', service: a}}}", []),
    "env_file": ("services: {web: {image: x, env_file: 'PATH'}}", []),
    "label_file": ("services: {web: {image: x, label_file: 'PATH'}}", []),
    "--env-file": ("services: {web: {image: x}}", ["--env-file", "PATH"]),
}
KINDS = ["missing", "folder", "fifo", "socket", "device", "dangling link", "link to itself"]


def make(project, kind):
    path = project.path("thing")
    if kind == "folder":
        os.mkdir(path)
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        os.mknod(path, stat.S_IFSOCK | 0o600)
    elif kind == "device":
        return "/dev/zero"
    elif kind == "dangling link":
        os.symlink("nowhere", path)
    elif kind == "link to itself":
        os.symlink("thing", path)
    return path


def prepared(project, place, path):
    text, arguments = PLACES[place]
    project.compose(text.replace("PATH", path))
    project.write("sound.yaml", "services: {}\n")
    return [argument.replace("PATH", path) for argument in arguments]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", PLACES)
def test_it_is_refused_by_name(project, place, kind):
    path = make(project, kind)
    assert path in project.refuses(before=prepared(project, place, path))


@pytest.mark.parametrize("place", PLACES)
def test_unreadable_file_is_refused_by_name(project, place):
    if not can_obey_permissions():
        pytest.skip("root reads everything here and cannot give that up")
    path = str(project.write("thing", "A=1\n"))
    os.chmod(path, 0)
    before = prepared(project, place, path)
    errors = project.refuses(before=before, prepare=obey_permissions)
    assert path in errors and "ermission" in errors


def test_unreadable_folder(project):
    if not can_obey_permissions():
        pytest.skip("root reads everything here and cannot give that up")
    project.write("closed/a.yaml", "services: {}\n")
    project.compose("include: [closed/a.yaml]\nservices: {}\n")
    os.chmod(project.path("closed"), 0)
    try:
        assert "closed/a.yaml" in project.refuses(prepare=obey_permissions)
    finally:
        os.chmod(project.path("closed"), 0o700)


def test_fifo_named_dotenv_does_not_hang(project):
    project.compose("services: {web: {image: x}}")
    os.mkfifo(project.path(".env"))
    assert ".env" in project.refuses()


def test_folder_named_dotenv_is_passed_over(project):
    project.compose("services: {web: {image: x}}")
    os.mkdir(project.path(".env"))
    project.config()


def test_dev_null_is_an_empty_file(project):
    project.compose("services: {web: {image: x, env_file: /dev/null}}")
    project.config(before=["--env-file", "/dev/null"])
    assert "empty" in project.refuses(before=["-f", "/dev/null"])


def test_standard_input_is_a_folder(project):
    folder = os.open(project.folder, os.O_RDONLY)
    try:
        assert "standard input" in project.refuses(before=["-f", "-"], stdin=folder)
    finally:
        os.close(folder)


def test_standard_input_is_closed(project):
    assert project.refuses(before=["-f", "-"], prepare=lambda: os.close(0))


def test_standard_input_without_end(project):
    zero = os.open("/dev/zero", os.O_RDONLY)
    try:
        assert "limit" in project.refuses(before=["-f", "-"], stdin=zero)
    finally:
        os.close(zero)

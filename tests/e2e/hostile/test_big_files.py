# SPDX-License-Identifier: Apache-2.0

import os

import pytest

from support.binary import has_address_sanitizer
from support.project import TIMEOUT_SECONDS

MIB = 1 << 20
LONG = 3 * TIMEOUT_SECONDS
# Sanitizers look for wrong accesses, which a tenth shows as well; what size costs shows without.
SCALE = 10 if has_address_sanitizer() else 1


def test_30_mib_of_sound_yaml(project):
    block = ("        " + "a script of which every line is somewhat long\n") * 2000
    text = "services:\n"
    for i in range(300 // SCALE):
        text += f"  s{i}:\n    image: x\n    environment:\n      SCRIPT: |\n{block}"
    assert len(text) > 30 * MIB // SCALE
    project.compose(text)
    assert project.passes("config", "--services", timeout=LONG).output.count("\n") == 300 // SCALE


def test_30_mib_of_comments(project):
    comment = "# a comment" + " of some length" * 20 + "\n"
    project.compose("services: {web: {image: x}}\n" + comment * (101_000 // SCALE))
    assert project.passes("config", "--services", timeout=LONG).output == "web\n"


def test_scalar_of_60_mib(project):
    project.compose("services: {web: {image: x}}\nx-a: " + "t" * (60 * MIB // SCALE) + "\n")
    project.passes("config", "-q", timeout=LONG)


@pytest.mark.parametrize("size", [64 * MIB + 1, 100 * MIB, 1 << 40])
def test_bigger_file_is_refused_with_the_limit(project, size):
    path = project.write("compose.yaml", "services: {}\n")
    os.truncate(path, size)
    assert "64 MiB" in project.refuses()


def test_bigger_included_and_extended_files_too(project):
    project.compose("include: [big.yaml]\nservices: {web: {extends: {file: big.yaml, service: a}}}\n")
    os.truncate(project.write("big.yaml", ""), 100 * MIB)
    assert project.refuses().count("64 MiB") >= 1


@pytest.mark.parametrize("size", [16 * MIB + 1, 20 * MIB, 1 << 40])
def test_bigger_dotenv_is_refused_with_the_limit(project, size):
    project.compose("services: {web: {image: x}}")
    os.truncate(project.write(".env", "A=1\n"), size)
    assert "16 MiB" in project.refuses()


def test_bigger_env_file_is_refused_with_the_limit(project):
    project.compose("services: {web: {image: x, env_file: big.env}}")
    os.truncate(project.write("big.env", "A=1\n"), 20 * MIB)
    assert "16 MiB" in project.refuses()


def test_dotenv_of_many_lines(project):
    project.compose("services: {web: {image: '${V99999}'}}")
    project.write(".env", "".join(f"V{i}=value {i}\n" for i in range(100_000)))
    assert project.service()["image"] == "value 99999"


def test_long_key(project):
    project.compose("services: {}\nx-a:\n  ? " + "k" * (5 * MIB) + "\n  : 1\n")
    assert len(project.passes("config").output) > 5 * MIB


def test_long_unknown_key_is_shown_in_part(project):
    project.compose("services:\n  web:\n    image: x\n    ? " + "k" * MIB + "\n    : 1\n")
    assert len(project.refuses()) < 2 * MIB + 10_000


def test_line_of_many_mib_with_a_mistake_at_its_end(project):
    project.compose("services: {web: {image: x, labels: {a: '" + "y" * (8 * MIB) + "'}, bad: 1}}\n")
    errors = project.refuses()
    assert len(errors) < 2000 and '"bad"' in errors

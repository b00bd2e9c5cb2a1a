# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "line, value",
    [
        ("X=plain", "plain"),
        ("X=two words", "two words"),
        ("X=  led and trailed  ", "led and trailed"),
        ("X = spaced", "spaced"),
        ("X: colon", "colon"),
        ("export X=exported", "exported"),
        ("X=", ""),
        ("X=''", ""),
        ("X=value # comment", "value"),
        ("X=value#no-comment", "value#no-comment"),
        ("X='single # kept'", "single # kept"),
        ('X="double # kept"', "double # kept"),
        ("X='single' # comment", "single"),
        (r'X="tab\tline\nend"', "tab\tline\nend"),
        (r"X='raw\tline'", r"raw\tline"),
        (r"X='it\'s'", "it's"),
        (r'X="say \"hi\""', 'say "hi"'),
        ("X='a\nb'", "a\nb"),
        ('X="a\nb"', "a\nb"),
        ("Y=1\nX=${Y}2", "12"),
        ("Y=1\nX=$Y", "1"),
        ("Y=1\nX='${Y}'", "${Y}"),
        ('Y=1\nX="${Y}"', "1"),
        ("X=${NONE:-fallback}", "fallback"),
        ("X=a$$b", "a$b"),
        (r'X="a\$b"', "a$b"),
        ("X=first\nX=second", "second"),
        ("\n\n# comment\n  # indented\nX=after", "after"),
        ("X=a=b=c", "a=b=c"),
        ("X=ünï", "ünï"),
        ("\ufeffX=after-mark", "after-mark"),
        ("X=carriage\r", "carriage"),
    ],
)
def test_line_means(project, line, value):
    project.compose("services: {web: {image: x, environment: {SEEN: '${X-unset}'}}}")
    project.write(".env", line.encode() + b"\n")
    assert project.service()["environment"]["SEEN"] == value.replace("$", "$$")


def test_name_alone_takes_the_value_of_the_process(project):
    project.compose("services: {web: {image: 'x:${TAG-none}'}}")
    project.write(".env", "TAG\n")
    assert project.service(env={"TAG": "outer"})["image"] == "x:outer"
    assert project.service()["image"] == "x:none"


def test_value_of_the_process_is_used_in_later_lines(project):
    project.compose("services: {web: {image: '${FULL}'}}")
    project.write(".env", "BASE=file\nFULL=${BASE}/x\n")
    assert project.service(env={"BASE": "process"})["image"] == "process/x"

# SPDX-License-Identifier: Apache-2.0

TEXT = """\
services:
  web:
    imagee: nginx
    ports: ["x"]
    depends_on: [nope]
    healthcheck: {interval: 5}
  db:
    image: d
    mem_limit: lots
    networks: [gone]
volumes: []
"""


def test_every_error_has_its_line(project):
    project.compose(TEXT)
    assert [mistake["line"] for mistake in project.mistakes()] == [3, 4, 5, 6, 9, 10, 11]


def test_errors_of_several_files_too(project):
    project.compose("services: {web: {image: x, aaa: 1}}")
    project.compose("services: {web: {bbb: 1}}", "compose.override.yaml")
    files = [mistake["file"] for mistake in project.mistakes()]
    assert files == [project.path("compose.yaml"), project.path("compose.override.yaml")]


def test_very_many_errors_are_counted(project):
    project.compose("services:\n  web:\n    image: x\n" + "".join(f"    bad{i}: 1\n" for i in range(5000)))
    errors = project.refuses()
    assert "bad0" in errors and "more" in errors.splitlines()[-1]
    assert len(errors) < 200_000

# SPDX-License-Identifier: Apache-2.0

FILE = """
    services:
      web: {image: w, depends_on: [db]}
      db: {image: d}
      debug: {image: x, profiles: [debug]}
    """


def test_names_in_order_one_a_line(project):
    project.compose(FILE)
    assert project.passes("config", "--services").output == "db\nweb\n"


def test_profiles_count(project):
    project.compose(FILE)
    result = project.passes("--profile", "debug", "config", "--services")
    assert result.lines == ["db", "debug", "web"]


def test_json(project):
    project.compose(FILE)
    assert project.passes("--json", "config", "--services").json == ["db", "web"]


def test_named_services(project):
    project.compose(FILE)
    assert project.passes("config", "--services", "db").lines == ["db"]


def test_project_is_checked_all_the_same(project):
    project.compose("services: {web: {imagee: w}}")
    project.refuses("--services")


def test_none(project):
    project.compose("services: {}")
    assert project.passes("config", "--services").output == ""

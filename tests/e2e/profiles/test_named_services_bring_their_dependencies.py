# SPDX-License-Identifier: Apache-2.0

FILE = """
    services:
      web: {image: w, depends_on: [api]}
      api: {image: a, depends_on: [db]}
      db: {image: d}
      other: {image: o}
      debug: {image: x, profiles: [debug]}
    """


def test_service_argument_keeps_it_and_what_it_needs(project):
    project.compose(FILE)
    assert sorted(project.config("web")["services"]) == ["api", "db", "web"]
    assert sorted(project.config("db", "other")["services"]) == ["db", "other"]


def test_naming_a_service_enables_it(project):
    project.compose(FILE)
    assert sorted(project.config("debug")["services"]) == ["debug"]


def test_unknown_service_is_an_error(project):
    project.compose(FILE)
    assert '"nope"' in project.mistake("nope")["message"]


def test_links_and_shared_namespaces_count_as_needs(project):
    project.compose(
        """
        services:
          a: {image: a, links: [b]}
          b: {image: b, network_mode: 'service:c'}
          c: {image: c, volumes_from: [d]}
          d: {image: d}
          e: {image: e}
        """
    )
    assert sorted(project.config("a")["services"]) == ["a", "b", "c", "d"]

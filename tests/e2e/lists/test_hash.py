# SPDX-License-Identifier: Apache-2.0

BASE = """
    services:
      web: {image: w, environment: {A: 1, B: 2}, ports: ['80:80'], depends_on: [db]}
      db: {image: d}
    """


def hashes(project, *arguments, **options):
    lines = project.passes("config", *(arguments or ["--hash"]), **options).lines
    return dict(line.split(" ") for line in lines)


def test_every_service_has_one(project):
    project.compose(BASE)
    found = hashes(project)
    assert sorted(found) == ["db", "web"]
    assert found["db"] != found["web"]
    assert all(len(value) >= 32 and int(value, 16) >= 0 for value in found.values())


def test_services_can_be_chosen(project):
    project.compose(BASE)
    everything = hashes(project)
    assert hashes(project, "--hash=web") == {"web": everything["web"]}
    assert hashes(project, "--hash=web,db") == everything
    assert hashes(project, "--hash=*") == everything


def test_unknown_service_is_an_error(project):
    project.compose(BASE)
    assert "nope" in project.refuses("--hash=nope")


def test_it_is_stable(project):
    project.compose(BASE)
    assert hashes(project) == hashes(project)


def test_spelling_does_not_matter(project):
    project.compose(BASE)
    before = hashes(project)
    project.compose(
        """
        # a comment
        services:
          db:
            image: "d"
          web:
            depends_on: {db: {condition: service_started}}
            ports: [{target: 80, published: 80}]
            environment: [B=2, A=1]
            image: w
        """
    )
    assert hashes(project) == before


def test_only_the_service_that_changed_changes(project):
    project.compose(BASE)
    before = hashes(project)
    project.compose(BASE.replace("B: 2", "B: 3"))
    after = hashes(project)
    assert after["db"] == before["db"] and after["web"] != before["web"]
    project.compose(BASE.replace("image: d", "image: e"))
    after = hashes(project)
    assert after["web"] == before["web"] and after["db"] != before["db"]


def test_value_of_a_variable_counts(project):
    project.compose("services: {web: {image: 'x:${TAG}'}, db: {image: d}}")
    one, two = hashes(project, env={"TAG": "1"}), hashes(project, env={"TAG": "2"})
    assert one["web"] != two["web"] and one["db"] == two["db"]


def test_content_of_an_env_file_counts(project):
    project.compose("services: {web: {image: x, env_file: a.env}}")
    project.write("a.env", "A=1\n")
    before = hashes(project)
    project.write("a.env", "A=2\n")
    assert hashes(project) != before


def test_json(project):
    project.compose(BASE)
    assert project.passes("--json", "config", "--hash").json == hashes(project)

# SPDX-License-Identifier: Apache-2.0

FILE = """
    services:
      web:
        build: ./app
        env_file: a.env
        volumes: ['./d:/d', 'v:/v/']
        depends_on: [db]
        pull_policy: if_not_present
      db: {image: d}
    volumes: {v: }
    """


def test_no_normalize_adds_no_defaults(project):
    project.write("a.env", "A=1\n")
    project.compose(FILE)
    config = project.config("--no-normalize")
    assert "networks" not in config
    assert config["volumes"] == {"v": None} or config["volumes"] == {"v": {}}
    web = config["services"]["web"]
    assert "networks" not in web
    assert "dockerfile" not in web["build"]
    assert web["pull_policy"] == "if_not_present"


def test_no_path_resolution_keeps_paths(project):
    project.write("a.env", "A=1\n")
    project.compose(FILE)
    web = project.service("web", "--no-path-resolution", "--no-env-resolution")
    assert web["build"]["context"] == "./app"
    assert web["volumes"][0]["source"] == "./d"
    assert web["env_file"][0]["path"] == "a.env"


def test_no_path_resolution_still_reads_env_files(project):
    project.write("a.env", "A=1\n")
    project.compose(FILE)
    inner = project.folder / "inner"
    inner.mkdir()
    web = project.service("web", "--no-path-resolution", cwd=inner)
    assert web["environment"] == {"A": "1"}


def test_no_consistency_prints_what_does_not_fit(project):
    project.compose("services: {web: {depends_on: [gone], volumes: ['gone:/v']}}")
    project.refuses()
    assert "gone" in project.service("web", "--no-consistency")["depends_on"]


def test_name_is_always_given(project):
    project.compose("services: {web: {image: x}}")
    assert project.config("--no-normalize")["name"] == "shop"

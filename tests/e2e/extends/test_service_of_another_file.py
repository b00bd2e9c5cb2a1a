# SPDX-License-Identifier: Apache-2.0

def test_file_is_read_for_that_service_alone(project):
    project.compose("services: {web: {extends: {file: common.yaml, service: base}, user: w}}")
    project.write("common.yaml", "services: {base: {image: b, user: u}, other: {image: o}}")
    services = project.config()["services"]
    assert sorted(services) == ["web"]
    assert (services["web"]["image"], services["web"]["user"]) == ("b", "w")


def test_paths_are_relative_to_that_file(project):
    project.compose("services: {web: {extends: {file: sub/common.yaml, service: base}}}")
    project.write("sub/vars.env", "A=sub\n")
    project.write(
        "sub/common.yaml",
        "services: {base: {image: b, build: ./app, env_file: vars.env, volumes: ['./d:/d']}}",
    )
    web = project.service()
    assert web["build"]["context"] == project.path("sub/app")
    assert web["environment"] == {"A": "sub"}
    assert web["volumes"][0]["source"] == project.path("sub/d")


def test_variables_are_filled_in(project):
    project.compose("services: {web: {extends: {file: '${F}.yaml', service: base}}}")
    project.write("common.yaml", "services: {base: {image: 'b:${TAG:-1}'}}")
    assert project.service(env={"F": "common", "TAG": "9"})["image"] == "b:9"


def test_chain_over_several_files(project):
    project.compose("services: {web: {extends: {file: one/a.yaml, service: a}}}")
    project.write("one/a.yaml", "services: {a: {extends: {file: two/b.yaml, service: b}, user: a}}")
    project.write("one/two/b.yaml", "services: {b: {extends: c}, c: {image: c, user: c, build: ./x}}")
    web = project.service()
    assert (web["image"], web["user"]) == ("c", "a")
    assert web["build"]["context"] == project.path("one/two/x")


def test_missing_file_is_an_error_at_its_place(project):
    project.compose("services:\n  web:\n    extends: {file: gone.yaml, service: base}\n")
    mistake = project.mistake()
    assert mistake["line"] == 3 and "gone.yaml" in mistake["message"]


def test_missing_service_of_a_file(project):
    project.compose("services: {web: {extends: {file: common.yaml, service: nope}}}")
    project.write("common.yaml", "services: {base: {image: b}}")
    message = project.mistake()["message"]
    assert '"nope"' in message and "common.yaml" in message


def test_mistakes_of_that_file_are_reported_once(project):
    project.compose(
        """
        services:
          a: {extends: {file: common.yaml, service: base}}
          b: {extends: {file: common.yaml, service: base}}
        """
    )
    project.write("common.yaml", "services:\n  base: {image: b, imagee: c}\n")
    mistake = project.mistake()
    assert (mistake["file"], mistake["line"]) == (project.path("common.yaml"), 2)


def test_volume_of_that_file_must_be_defined_here(project):
    project.compose("services: {web: {extends: {file: common.yaml, service: base}}}")
    project.write("common.yaml", "services: {base: {image: b, volumes: ['data:/d']}}\nvolumes: {data: {}}\n")
    assert '"data"' in project.mistake()["message"]


def test_service_is_required(project):
    project.compose("services: {web: {extends: {file: common.yaml}}}")
    project.write("common.yaml", "services: {base: {image: b}}")
    assert any('"service"' in mistake["message"] for mistake in project.mistakes())

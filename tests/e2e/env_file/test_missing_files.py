# SPDX-License-Identifier: Apache-2.0

def test_missing_file_is_an_error_at_its_place(project):
    project.compose("services:\n  web:\n    image: x\n    env_file: gone.env\n")
    mistake = project.mistake()
    assert "gone.env" in mistake["message"]
    assert mistake["line"] == 4


def test_optional_file_may_be_missing(project):
    project.write("here.env", "A=1\n")
    project.compose(
        """
        services:
          web:
            image: x
            env_file: [{path: gone.env, required: false}, {path: here.env, required: false}]
        """
    )
    assert project.service()["environment"] == {"A": "1"}


def test_required_true_is_the_default(project):
    project.compose("services: {web: {image: x, env_file: [{path: gone.env, required: true}]}}")
    project.mistake()


def test_all_missing_files_are_reported(project):
    project.compose("services: {a: {image: x, env_file: [one, two]}, b: {image: x, env_file: three}}")
    assert len(project.mistakes()) == 3


def test_file_of_a_disabled_service_may_be_missing(project):
    project.compose("services: {web: {image: x}, b: {image: x, profiles: [p], env_file: gone}}")
    assert sorted(project.config()["services"]) == ["web"]

# SPDX-License-Identifier: Apache-2.0
"""What an include's variables are for: not the templates alone, also what services pass through."""


def test_names_that_are_passed_through(project):
    project.compose(
        """
        include: [{path: part/compose.yaml, env_file: part.env}]
        services: {web: {image: x, environment: [TOKEN]}}
        """
    )
    project.write("part.env", "TOKEN=of-the-part\n")
    project.write(
        "part/compose.yaml",
        """
        services:
          list: {image: x, environment: [TOKEN]}
          map: {image: x, environment: {TOKEN: }}
          built: {build: {context: ., args: [TOKEN]}}
        """,
    )
    services = project.config()["services"]
    assert services["list"]["environment"] == {"TOKEN": "of-the-part"}
    assert services["map"]["environment"] == {"TOKEN": "of-the-part"}
    assert services["built"]["build"]["args"] == {"TOKEN": "of-the-part"}
    assert services["web"]["environment"] == {"TOKEN": None}


def test_files_of_variables_may_refer_to_it(project):
    project.compose("include: [part/compose.yaml]\nservices: {}\n")
    project.write("part/.env", "REGION=north\n")
    project.write("part/compose.yaml", "services: {web: {image: x, env_file: web.env}}")
    project.write("part/web.env", "WHERE=${REGION?must be set}-1\n")
    assert project.service()["environment"] == {"WHERE": "north-1"}


def test_variables_of_the_process_come_first(project):
    project.compose("include: [part/compose.yaml]\nservices: {}\n")
    project.write("part/.env", "REGION=north\n")
    project.write("part/compose.yaml", "services: {web: {image: x, environment: [REGION]}}")
    assert project.service(env={"REGION": "south"})["environment"] == {"REGION": "south"}


def test_including_file_may_add_to_such_a_service(project):
    project.compose(
        """
        include: [{path: part/compose.yaml, env_file: part.env}]
        services: {web: {environment: {MORE: 1}}}
        """
    )
    project.write("part.env", "TOKEN=of-the-part\n")
    project.write("part/compose.yaml", "services: {web: {image: x, environment: [TOKEN]}}")
    assert project.service()["environment"] == {"MORE": "1", "TOKEN": "of-the-part"}

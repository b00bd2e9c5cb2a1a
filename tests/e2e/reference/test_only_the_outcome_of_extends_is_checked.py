# SPDX-License-Identifier: Apache-2.0
"""Files that are only extended need not stand on their own."""


def test_other_services_of_the_file_may_be_wrong(project):
    project.compose("services: {web: {extends: {file: common.yaml, service: base}}}")
    project.write("common.yaml", "services: {base: {image: x}, other: {no_such_key: 1}}")
    assert project.service()["image"] == "x"


def test_what_is_taken_over_may_not(project):
    project.compose("services: {web: {extends: {file: common.yaml, service: base}}}")
    project.write("common.yaml", "services: {base: {image: x, no_such_key: 1}}")
    assert "no_such_key" in project.refuses()


def test_service_must_be_named(project):
    project.compose("services: {web: {image: x, extends: {file: common.yaml}}}")
    project.write("common.yaml", "services: {web: {user: me}}")
    assert "service" in project.refuses()


def test_later_file_may_leave_out_what_the_earlier_one_says(project):
    project.compose(
        """
        services:
          web: {image: x, depends_on: {db: {condition: service_healthy}}}
          db: {image: y}
        """
    )
    project.compose(
        "services: {web: {depends_on: {db: {required: false}}}}", "compose.override.yaml"
    )
    assert project.service()["depends_on"]["db"] == {
        "condition": "service_healthy",
        "required": False,
    }


def test_but_the_outcome_must_be_whole(project):
    project.compose(
        """
        services:
          web: {image: x, depends_on: {db: {required: false}}}
          db: {image: y}
        """
    )
    assert "condition" in project.refuses()


def test_service_without_a_body_extends_to_nothing(project):
    project.compose("services: {web: {image: x, extends: {file: common.yaml, service: base}}}")
    project.write("common.yaml", "services: {base: }")
    assert project.service()["image"] == "x"
